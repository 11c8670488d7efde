package oktasim

import "encoding/json"

// Objects whose shape is the caller's to choose (an app's settings, a policy's
// conditions) are kept as decoded JSON. These helpers read them without panics
// whatever was sent.

// jsonMap follows keys into nested objects; it is nil when one is missing or no object.
func jsonMap(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ = m[k].(map[string]any)
	}
	return m
}

// jsonText is the string at the end of a path of keys, or "".
func jsonText(m map[string]any, keys ...string) string {
	last := len(keys) - 1
	s, _ := jsonMap(m, keys[:last]...)[keys[last]].(string)
	return s
}

// jsonBool is the boolean at a key, or absent.
func jsonBool(m map[string]any, key string, absent bool) bool {
	if b, ok := m[key].(bool); ok {
		return b
	}
	return absent
}

// jsonTexts is the list of strings at a key; ok is false if the key holds anything else.
func jsonTexts(m map[string]any, key string) (texts []string, ok bool) {
	v, set := m[key]
	if !set || v == nil {
		return nil, true
	}
	switch list := v.(type) {
	case []string:
		return list, true
	case []any:
		for _, e := range list {
			s, isText := e.(string)
			if !isText {
				return nil, false
			}
			texts = append(texts, s)
		}
		return texts, true
	}
	return nil, false
}

// jsonInt is the whole number at a key.
func jsonInt(m map[string]any, key string) (n int, ok bool) {
	switch v := m[key].(type) {
	case json.Number:
		i, err := v.Int64()
		return int(i), err == nil
	case float64:
		return int(v), v == float64(int(v))
	case int:
		return v, true
	}
	return 0, false
}

// jsonClone copies a decoded JSON value, so that what is stored and what is
// answered never share parts.
func jsonClone(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		for k, e := range t {
			out[k] = jsonClone(e)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, e := range t {
			out[i] = jsonClone(e)
		}
		return out
	}
	return v
}

// jsonCopy is jsonClone for an object; nil becomes an empty one.
func jsonCopy(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return jsonClone(m).(map[string]any)
}

// jsonDefaults fills keys that are missing or null with defaults, object by object.
func jsonDefaults(m, defaults map[string]any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	for k, d := range defaults {
		have, set := m[k]
		inner, isMap := d.(map[string]any)
		switch {
		case isMap && (!set || have == nil):
			m[k] = jsonCopy(inner)
		case isMap:
			if h, ok := have.(map[string]any); ok {
				m[k] = jsonDefaults(h, inner)
			}
		case !set || have == nil:
			m[k] = jsonClone(d)
		}
	}
	return m
}
