package oktasim

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
)

// findUser finds the user that the path names, or answers Okta's 404.
func (c *call) findUser(param string) (*user, *apiError) {
	ref := c.p(param)
	if ref == "me" {
		if u := c.o.users.byID[c.principal.userID]; u != nil {
			return u, nil
		}
	}
	if u := c.o.users.find(ref); u != nil {
		return u, nil
	}
	return nil, errNotFound(ref, "User")
}

// getUser is GET /api/v1/users/{userId}: by id, login or unambiguous short name.
func (c *call) getUser() (int, any, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.userView(u, false), nil
}

// replaceUser is PUT: what the profile does not say is removed.
func (c *call) replaceUser() (int, any, *apiError) { return c.changeUser(true) }

// updateUser is POST: what the body does not say stays as it is.
func (c *call) updateUser() (int, any, *apiError) { return c.changeUser(false) }

func (c *call) changeUser(replace bool) (int, any, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return 0, nil, err
	}
	var in userBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if err := c.checkRealm(in.RealmID); err != nil {
		return 0, nil, err
	}
	o := c.o
	typ := o.schemas.typeByID(u.typeID)
	if in.Type != nil && in.Type.ID != "" && in.Type.ID != u.typeID {
		if !replace {
			return 0, nil, errValidation("type", "type: The type of a user is changed with PUT.")
		}
		if typ = o.schemas.typeByID(in.Type.ID); typ == nil {
			return 0, nil, errValidation("type", "type: The user type does not exist.")
		}
	}
	profile := withoutNulls(in.Profile)
	if !replace {
		profile = maps.Clone(u.profile)
		maps.Copy(profile, in.Profile)
		profile = withoutNulls(profile)
	}
	if replace && in.Profile == nil && in.Credentials == nil {
		return 0, nil, errMalformed()
	}
	if replace && in.Profile == nil {
		profile = u.profile
	}
	if u.status == statusDeprovisioned {
		return 0, nil, errStatus()
	}
	if err := checkKnown(in.Profile, typ.schema, "newUser"); err != nil {
		return 0, nil, err
	}
	if err := o.checkProfile(u, profile, typ); err != nil {
		return 0, nil, err
	}
	if err := c.changeCredentials(u, in.Credentials, asText(profile["login"]), false); err != nil {
		return 0, nil, err
	}
	o.setProfile(c, u, profile, typ)
	if err := c.changeCredentials(u, in.Credentials, u.login(), true); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.userView(u, false), nil
}

// setProfile stores a checked profile, tells the log, and lets the group rules look again.
func (o *Org) setProfile(c *call, u *user, profile map[string]any, typ *userType) {
	if reflect.DeepEqual(profile, u.profile) && typ.id == u.typeID {
		return
	}
	o.touch(u)
	old, oldType := u.profile, u.typeID
	delete(o.users.byLogin, strings.ToLower(u.login()))
	u.profile, u.typeID = profile, typ.id
	o.users.byLogin[strings.ToLower(u.login())] = u
	o.log(c, "user.account.update_profile", "Update user profile for Okta", u.target())
	if old["email"] != profile["email"] {
		o.log(c, "user.account.update_primary_email", "User primary email updated", u.target())
	}
	if old["secondEmail"] != profile["secondEmail"] {
		o.log(c, "user.account.update_secondary_email", "User secondary email updated", u.target())
	}
	if oldType != typ.id {
		o.log(c, "user.account.update_user_type", "Update user type", u.target())
	}
	o.applyRules(c, u)
}

// changeCredentials sets what the body's credentials say: with apply false it only
// checks, so that a refused password leaves the profile as it was.
func (c *call) changeCredentials(u *user, in *credentialsBody, login string, apply bool) *apiError {
	if in == nil {
		return nil
	}
	if in.Password != nil && in.Password.Value != "" {
		if !apply {
			if u.provider != "OKTA" {
				return errCredentials("The password is managed by another directory.")
			}
			if err := checkPassword(in.Password.Value, login); err != nil {
				return err
			}
		} else {
			c.o.touch(u)
			u.setPassword(in.Password.Value, c.now())
			c.o.log(c, "user.account.update_password", "User update password for Okta", u.target())
			if u.status == statusProvisioned || u.status == statusRecovery || u.status == statusPasswordExpired {
				c.o.setStatus(u, statusActive)
			}
		}
	}
	if in.Question != nil && in.Question.Question != "" {
		if !apply {
			return checkQuestion(in.Question.Question, in.Question.Answer)
		}
		c.o.touch(u)
		u.question, u.answer = in.Question.Question, in.Question.Answer
	}
	return nil
}

// deleteUser is DELETE: the first time it deactivates, the second time it removes for good.
func (c *call) deleteUser() (int, any, *apiError) {
	u, err := c.findUser("userId")
	if err != nil {
		return 0, nil, err
	}
	if u.id == c.principal.userID {
		return 0, nil, errPermission() // nobody deletes themselves
	}
	if u.status != statusDeprovisioned {
		c.o.deactivateUser(c, u)
		return http.StatusNoContent, nil, nil
	}
	c.o.log(c, "user.lifecycle.delete.initiated", "Delete okta user initiated", u.target())
	c.o.users.remove(u)
	c.o.leaveGroups(c, u)
	c.o.userGone(c, u)
	for _, other := range c.o.users.list {
		maps.DeleteFunc(other.linked, func(_ string, id string) bool { return id == u.id })
	}
	c.o.log(c, "user.lifecycle.delete.completed", "Delete okta user completed", u.target())
	return http.StatusNoContent, nil, nil
}
