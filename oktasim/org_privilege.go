package oktasim

import "net/http"

// privilegeRoutes are the org setting "Public client app admins"
// (getClientPrivilegesSetting, assignClientPrivilegesSetting).
func (o *Org) privilegeRoutes() []route {
	const path = "/api/v1/org/settings/clientPrivilegesSetting"
	return []route{
		{method: "GET", pattern: path, scope: "okta.orgs.read", handle: getClientPrivileges},
		{method: "PUT", pattern: path, scope: "okta.orgs.manage", handle: putClientPrivileges},
	}
}

type clientPrivileges struct {
	Setting *bool `json:"clientPrivilegesSetting"`
}

func getClientPrivileges(c *call) (int, any, *apiError) {
	on := c.o.settings.PublicClientAdmins
	return http.StatusOK, clientPrivileges{&on}, nil
}

func putClientPrivileges(c *call) (int, any, *apiError) {
	var in clientPrivileges
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Setting == nil {
		return 0, nil, errValidation("clientPrivilegesSetting", "clientPrivilegesSetting: The field cannot be left blank")
	}
	c.o.settings.PublicClientAdmins = *in.Setting
	return getClientPrivileges(c)
}
