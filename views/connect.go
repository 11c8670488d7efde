package views

import (
	"encoding/json"
	"fmt"
)

// fillJSON says which fields of the connect form take which values. The demo's credentials open nothing but its
// own simulated org.
func fillJSON(d ReadyMade) (string, error) {
	b, err := json.Marshal(map[string]string{
		"f-domain": d.Domain, "f-client_id": d.ClientID, "f-secret": d.Secret, "f-scopes": d.Scopes,
	})
	if err != nil {
		return "", fmt.Errorf("write the demo's credentials: %w", err)
	}
	return string(b), nil
}
