package catalog

import (
	"fmt"
	"net/http"
	"strings"

	"caracal/fault"
)

// WhyOff says so when an answer means that the org does not have what the operation is about: 405 (RFC 9110,
// section 15.5.6), 401 with E0000015 or 404 with E0000008 (Okta docs, "Okta error codes and descriptions"), or 404
// where nothing was named that could be missing. Any other error is returned as it is.
func (o Operation) WhyOff(err error) error {
	f := fault.As(err)
	if f == nil || f.Status == 0 {
		return err
	}
	switch {
	case f.Code == "E0000015", f.Code == "E0000008", f.Status == http.StatusMethodNotAllowed, f.Status == http.StatusNotFound && !strings.Contains(o.Path, "{"):
	default:
		return err
	}
	how := "ask your Okta administrator or Okta whether it can be turned on"
	switch o.Lifecycle {
	case "EA":
		how = "it is early access, which an admin turns on in the Admin Console under Settings › Features"
	case "LIMITED_GA", "BETA":
		how = "Okta gives it to some orgs only, so ask Okta for it"
	}
	if o.Deprecated {
		how = "it is deprecated, so look for what took its place"
	}
	off, what := *f, "does not have this operation"
	if f.Code == "E0000015" {
		what = "does not have the feature that this takes"
	}
	off.Message = fmt.Sprintf("This org %s (Okta answered %d to %s %s); %s.", what, f.Status, o.Method, o.Path, how)
	return &off
}
