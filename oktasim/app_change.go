package oktasim

import (
	"net/http"
	"slices"
)

// errSystemApp refuses to change one of Okta's own apps.
func errSystemApp() *apiError { return errPermission() }

// appReplace is replaceApplication: what the body leaves out goes back to its default.
func (c *call) appReplace() (int, any, *apiError) {
	old, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	var in map[string]any
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if old.system {
		return 0, nil, errSystemApp()
	}
	a, err := c.o.shapeApp(in, old)
	if err != nil {
		return 0, nil, err
	}
	if a.oauth != nil && a.status == "ACTIVE" && a.label != old.label {
		if err := c.o.oneActiveClient(a); err != nil {
			return 0, nil, err
		}
	}
	rotated := old.signingKid != a.signingKid && a.oauth == nil
	a.touched(c)
	*old = *a
	c.o.syncClient(old)
	c.o.log(c, "application.lifecycle.update", "Update application", old.target())
	if old.oauth != nil {
		c.o.log(c, "app.oauth2.client.lifecycle.update", "Update OAuth client", old.target())
	}
	if rotated {
		c.o.log(c, "app.keys.rotate", "Application signing key rotated", old.target())
	}
	return http.StatusOK, c.appView(old, true), nil
}

// appDelete is deleteApplication: only an inactive app goes, and takes its assignments along.
func (c *call) appDelete() (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	if a.system {
		return 0, nil, errSystemApp()
	}
	if a.status != "INACTIVE" {
		return 0, nil, newError(http.StatusForbidden, "E0000056", "Delete application forbidden.",
			"The application must be deactivated before deletion.")
	}
	c.o.removeApp(a)
	c.o.log(c, "application.lifecycle.delete", "Delete application", a.target())
	if a.oauth != nil {
		c.o.log(c, "app.oauth2.client.lifecycle.delete", "Delete OAuth client", a.target())
	}
	return http.StatusNoContent, nil, nil
}

func (o *Org) removeApp(a *app) {
	o.apps.list = slices.DeleteFunc(o.apps.list, func(x *app) bool { return x == a })
	delete(o.apps.byID, a.id)
	if a.oauth != nil {
		o.dropClient(a)
	}
}

// appActivate is activateApplication. Activating an active app changes nothing.
func (c *call) appActivate() (int, any, *apiError) {
	return c.appLifecycle("ACTIVE", "activate", "Activate")
}

// appDeactivate is deactivateApplication.
func (c *call) appDeactivate() (int, any, *apiError) {
	return c.appLifecycle("INACTIVE", "deactivate", "Deactivate")
}

func (c *call) appLifecycle(status, verb, title string) (int, any, *apiError) {
	a, err := c.findApp()
	if err != nil {
		return 0, nil, err
	}
	if a.system {
		return 0, nil, errSystemApp()
	}
	if a.status == status {
		return http.StatusOK, map[string]any{}, nil
	}
	if status == "ACTIVE" && a.oauth != nil {
		if err := c.o.oneActiveClient(a); err != nil {
			return 0, nil, err
		}
	}
	a.status = status
	a.touched(c)
	c.o.log(c, "application.lifecycle."+verb, title+" application", a.target())
	if a.oauth != nil {
		c.o.log(c, "app.oauth2.client.lifecycle."+verb, title+" OAuth client", a.target())
	}
	return http.StatusOK, map[string]any{}, nil
}
