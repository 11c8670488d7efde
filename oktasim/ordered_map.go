package oktasim

import (
	"bytes"
	"encoding/json"
)

// orderedMap is a JSON object that keeps the order in which its keys were set,
// as Okta keeps the order of a schema's properties.
type orderedMap struct {
	keys   []string
	values map[string]map[string]any
}

func (m *orderedMap) set(key string, value map[string]any) {
	if m.values == nil {
		m.values = map[string]map[string]any{}
	}
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
}

func (m *orderedMap) get(key string) map[string]any { return m.values[key] }

func (m *orderedMap) remove(key string) {
	if _, ok := m.values[key]; !ok {
		return
	}
	delete(m.values, key)
	for i, k := range m.keys {
		if k == key {
			m.keys = append(m.keys[:i:i], m.keys[i+1:]...)
			return
		}
	}
}

// MarshalJSON writes the keys in their order.
func (m *orderedMap) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range m.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.values[k])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
