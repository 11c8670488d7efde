package workflow

import (
	"slices"
	"strings"
)

// Hidden stands where a secret is not stored.
const Hidden = "[hidden]"

// HoldsHidden reports whether a stored value had a secret in it, so that nothing later takes what is left for the
// value itself.
func HoldsHidden(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, Hidden)
	case []any:
		return slices.ContainsFunc(v, HoldsHidden)
	case map[string]any:
		for _, each := range v {
			if HoldsHidden(each) {
				return true
			}
		}
	}
	return false
}
