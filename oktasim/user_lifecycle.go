package oktasim

import (
	"net/http"
	"slices"
)

// errStatus is E0000038: the operation does not fit the user's status.
func errStatus() *apiError {
	return newError(http.StatusForbidden, "E0000038", "This operation is not allowed in the user's current status.")
}

// errCredentials is E0000014 with what was wrong.
func errCredentials(cause string) *apiError {
	return newError(http.StatusForbidden, "E0000014", "Update of credentials failed", cause)
}

// lifecycle wraps an operation on the user of the path that is allowed in some statuses only.
func lifecycle(do func(c *call, u *user) (int, any, *apiError), in ...string) func(*call) (int, any, *apiError) {
	return inStatus(errStatus, do, in...)
}

// inStatus is lifecycle with an error of its own for the wrong status.
func inStatus(refuse func() *apiError, do func(c *call, u *user) (int, any, *apiError), in ...string) func(*call) (int, any, *apiError) {
	return func(c *call) (int, any, *apiError) {
		u, err := c.findUser("userId")
		if err != nil {
			return 0, nil, err
		}
		if len(in) > 0 && !slices.Contains(in, u.status) {
			return 0, nil, refuse()
		}
		return do(c, u)
	}
}

// activateUser activates: ACTIVE with a password or another credential provider,
// else PROVISIONED until the person has chosen a password.
func (o *Org) activateUser(c *call, u *user) {
	o.touch(u)
	u.activated = o.now()
	if u.hasPassword || u.provider != "OKTA" {
		o.setStatus(u, statusActive)
	} else {
		o.setStatus(u, statusProvisioned)
	}
	o.log(c, "user.lifecycle.activate", "Activate Okta user", u.target())
}

func (c *call) postActivate(u *user) (int, any, *apiError) {
	switch u.status {
	case statusStaged, statusDeprovisioned:
	case statusProvisioned, statusActive, statusRecovery, statusPasswordExpired, statusLockedOut:
		return 0, nil, newError(http.StatusForbidden, "E0000016", "Activation failed because the user is already active")
	default:
		return 0, nil, errStatus()
	}
	back := u.status == statusDeprovisioned
	c.o.activateUser(c, u)
	if back {
		c.o.joinEveryone(u)
	}
	c.o.applyRules(c, u)
	return http.StatusOK, c.activation(u), nil
}

// activation is the one-time link, unless it went out by e-mail or nothing is left to do.
func (c *call) activation(u *user) any {
	if c.qBool("sendEmail", true) || u.status == statusActive {
		return map[string]any{}
	}
	token := randomText(20, base62)
	return map[string]any{"activationUrl": c.url("/welcome/%s", token), "activationToken": token}
}

func (c *call) postReactivate(u *user) (int, any, *apiError) {
	c.o.touch(u)
	c.o.log(c, "user.lifecycle.reactivate", "Reactivate Okta user", u.target())
	return http.StatusOK, c.activation(u), nil
}

// deactivateUser takes everything away: credentials, factors, roles, groups, apps.
func (o *Org) deactivateUser(c *call, u *user) {
	o.setStatus(u, statusDeprovisioned)
	u.hasPassword, u.question, u.answer = false, "", ""
	u.factors, u.roles = nil, nil
	o.log(c, "user.lifecycle.deactivate", "Deactivate Okta user", u.target())
	o.iam.forget(u.id)
	o.leaveGroups(c, u)
	o.userGone(c, u)
}

func (c *call) postDeactivate(u *user) (int, any, *apiError) {
	if u.status == statusDeprovisioned {
		return 0, nil, errStatus()
	}
	if u.id == c.principal.userID {
		return 0, nil, errPermission() // nobody deactivates themselves
	}
	c.o.deactivateUser(c, u)
	return http.StatusOK, map[string]any{}, nil
}

// postSuspend: "suspending a user who is not active will result in the E0000001
// error code" (Okta error codes, E0000001).
func (c *call) postSuspend(u *user) (int, any, *apiError) {
	if u.status != statusActive {
		return 0, nil, errValidation("suspendUser", "suspendUser: Cannot suspend a user that is not active")
	}
	u.suspendedFrom = u.status
	c.o.setStatus(u, statusSuspended)
	c.o.log(c, "user.lifecycle.suspend", "Suspend Okta user", u.target())
	c.o.endSeatsOf(u.id)
	return http.StatusOK, map[string]any{}, nil
}

func (c *call) postUnsuspend(u *user) (int, any, *apiError) {
	if u.status != statusSuspended {
		return 0, nil, errValidation("unsuspendUser", "unsuspendUser: Cannot unsuspend a user that is not suspended")
	}
	c.o.setStatus(u, u.suspendedFrom)
	c.o.log(c, "user.lifecycle.unsuspend", "Unsuspend Okta user", u.target())
	return http.StatusOK, map[string]any{}, nil
}

func (c *call) postUnlock(u *user) (int, any, *apiError) {
	if u.status != statusLockedOut {
		return 0, nil, newError(http.StatusForbidden, "E0000032", "Unlock is not allowed for this user.", "The user is not locked out.")
	}
	u.failedSignIns = 0
	c.o.setStatus(u, statusActive)
	c.o.log(c, "user.account.unlock_by_admin", "User account unlock by admin", u.target())
	c.o.log(c, "user.account.unlock", "Unlock user account", u.target())
	return http.StatusOK, map[string]any{}, nil
}

func (c *call) postResetFactors(u *user) (int, any, *apiError) {
	if u.status == statusDeprovisioned {
		return 0, nil, errStatus()
	}
	u.factors = nil
	c.o.log(c, "user.mfa.factor.reset_all", "Reset all factors for user", u.target())
	return http.StatusOK, map[string]any{}, nil
}

// postExpirePassword also knows the parameter by which older clients ask for a temporary password.
func (c *call) postExpirePassword(u *user) (int, any, *apiError) {
	if c.qBool("tempPassword", false) {
		return c.postExpireWithTemporary(u)
	}
	if err := c.expirePassword(u); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.userView(u, false), nil
}

func (c *call) postExpireWithTemporary(u *user) (int, any, *apiError) {
	if err := c.expirePassword(u); err != nil {
		return 0, nil, err
	}
	// A letter of each kind and a digit, so that the policy accepts it.
	temporary := "Tq7" + randomText(9, base62)
	u.setPassword(temporary, c.now())
	if c.qBool("revokeSessions", false) {
		c.o.endSeatsOf(u.id)
	}
	return http.StatusOK, map[string]any{"tempPassword": temporary}, nil
}

func (c *call) expirePassword(u *user) *apiError {
	if u.provider != "OKTA" {
		return errCredentials("The password is managed by another directory.")
	}
	c.o.setStatus(u, statusPasswordExpired)
	c.o.log(c, "user.account.expire_password", "Expire password", u.target())
	return nil
}

func (c *call) postResetPassword(u *user) (int, any, *apiError) {
	if u.provider != "OKTA" {
		return 0, nil, newError(http.StatusForbidden, "E0000017", "Password reset failed", "The password is managed by another directory.")
	}
	if !c.query.Has("sendEmail") {
		return 0, nil, newError(http.StatusBadRequest, "E0000028", "The request is missing a required parameter.")
	}
	c.o.setStatus(u, statusRecovery)
	u.hasPassword = false
	c.o.log(c, "user.account.reset_password", "Fired when the user's Okta password is reset", u.target())
	if c.qBool("revokeSessions", false) {
		c.o.endSeatsOf(u.id)
	}
	if c.qBool("sendEmail", true) {
		return http.StatusOK, map[string]any{}, nil
	}
	return http.StatusOK, map[string]any{"resetPasswordUrl": c.url("/reset_password/%s", randomText(20, base62))}, nil
}

// lockOutAfter is the number of wrong passwords in a row after which the default
// password policy locks an account.
const lockOutAfter = 10

// authenticateUser checks a login (or its part before the @) and a password. Only
// somebody ACTIVE, or whose password has expired, may sign in.
func (o *Org) authenticateUser(login, password string) (id string, ok bool) {
	u := o.users.find(login)
	if u == nil || u.id == login {
		return "", false
	}
	if u.status != statusActive && u.status != statusPasswordExpired {
		return "", false
	}
	if !u.passwordIs(password) {
		u.failedSignIns++
		if u.failedSignIns >= lockOutAfter {
			o.setStatus(u, statusLockedOut)
			o.log(nil, "user.account.lock", "Max sign in attempts exceeded", u.target())
		}
		return "", false
	}
	u.failedSignIns, u.lastLogin = 0, o.now()
	return u.id, true
}
