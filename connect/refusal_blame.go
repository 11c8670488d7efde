package connect

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"caracal/fault"
)

// fieldOf says which field a refusal of Okta's token endpoint is about.
func fieldOf(err error) string {
	e := fault.As(err)
	if e == nil {
		return ""
	}
	if e.Field != "" {
		return e.Field
	}
	switch e.Code {
	case "invalid_client":
		// Okta's text for an id that it does not know: "Invalid value for 'client_id' parameter."
		if e.Err != nil && strings.Contains(e.Err.Error(), "client_id") {
			return FieldClientID
		}
		return FieldSecret
	case "invalid_scope", "consent_required":
		return FieldScopes
	case "unauthorized_client":
		return FieldClientID
	}
	return ""
}

// lookedOn returns the failure as one that somebody looks at who has to ask again: what would go on by itself in a run, once
// a limit of Okta's is reset, does not here.
func (s *Service) lookedOn(err error) error {
	e := fault.As(err)
	if e == nil || e.Kind != fault.Busy || e.Bucket == "" && e.Status != http.StatusTooManyRequests {
		return err
	}
	again := "in a minute"
	if n := (e.RetryAt.Sub(s.Clock()) + time.Minute - 1) / time.Minute; n > 1 {
		again = fmt.Sprintf("in %d minutes", n)
	}
	said := *e
	said.Message = "Okta's limit for such calls is used up, by Caracal and others together; try again " + again + "."
	return &said
}

// about returns the failure as one about a form field.
func about(field string, err error) error {
	e := fault.As(err)
	if e == nil || field == "" {
		return err
	}
	placed := *e
	placed.Field = field
	return &placed
}

// unblamed returns err if it is a failure of our own side, that no field of a form can be blamed for.
func unblamed(err error) error {
	if fault.Is(err, fault.Internal) {
		return err
	}
	return nil
}
