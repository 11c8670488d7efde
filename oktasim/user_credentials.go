package oktasim

import (
	"bytes"
	"net/http"
	"strings"
)

type secretBody struct {
	Value string `json:"value"`
}

func errNoChange() *apiError {
	return newError(http.StatusForbidden, "E0000035", "Change password not allowed on specified user.")
}

func errNoQuestionChange() *apiError {
	return newError(http.StatusForbidden, "E0000036", "Change recovery question not allowed on specified user.")
}

func errNoForgot() *apiError {
	return newError(http.StatusForbidden, "E0000034", "Forgot password not allowed on specified user.")
}

// postChangePassword is POST …/credentials/change_password.
func (c *call) postChangePassword(u *user) (int, any, *apiError) {
	var in struct {
		Old            *secretBody `json:"oldPassword"`
		New            *secretBody `json:"newPassword"`
		RevokeSessions bool        `json:"revokeSessions"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	switch {
	case in.Old == nil || in.New == nil:
		return 0, nil, errMalformed()
	case u.provider != "OKTA":
		return 0, nil, errNoChange()
	case !u.passwordIs(in.Old.Value):
		return 0, nil, errCredentials("Old Password is not correct")
	case !meetsPolicy(in.New.Value, u.login()):
		return 0, nil, errCredentials(passwordNeeds)
	case in.New.Value == in.Old.Value:
		return 0, nil, errCredentials("Password cannot be your current password")
	}
	c.newPassword(u, in.New.Value)
	if in.RevokeSessions {
		c.o.endSeatsOf(u.id)
	}
	return http.StatusOK, u.credentialsView(), nil
}

func (c *call) newPassword(u *user, password string) {
	c.o.touch(u)
	u.setPassword(password, c.now())
	if u.status == statusRecovery || u.status == statusPasswordExpired || u.status == statusProvisioned {
		c.o.setStatus(u, statusActive)
	}
	c.o.log(c, "user.account.update_password", "User update password for Okta", u.target())
}

// postChangeQuestion is POST …/credentials/change_recovery_question.
func (c *call) postChangeQuestion(u *user) (int, any, *apiError) {
	var in struct {
		Password *secretBody `json:"password"`
		Question *struct {
			Question string `json:"question"`
			Answer   string `json:"answer"`
		} `json:"recovery_question"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	if in.Password == nil || in.Question == nil {
		return 0, nil, errMalformed()
	}
	if !u.passwordIs(in.Password.Value) {
		return 0, nil, errCredentials("Invalid Password")
	}
	if err := checkQuestion(in.Question.Question, in.Question.Answer); err != nil {
		return 0, nil, err
	}
	c.o.touch(u)
	u.question, u.answer = in.Question.Question, in.Question.Answer
	return http.StatusOK, u.credentialsView(), nil
}

// postForgotPassword is POST …/credentials/forgot_password: it needs a recovery question.
func (c *call) postForgotPassword(u *user) (int, any, *apiError) {
	if u.question == "" || u.provider != "OKTA" {
		return 0, nil, errNoForgot()
	}
	if len(bytes.TrimSpace(c.raw)) > 0 {
		return c.postForgotWithQuestion(u) // the older way: the new password comes with the answer
	}
	c.o.setStatus(u, statusRecovery)
	c.o.log(c, "user.account.reset_password", "Fired when the user's Okta password is reset", u.target())
	if c.qBool("sendEmail", true) {
		return http.StatusOK, map[string]any{}, nil
	}
	return http.StatusOK, map[string]any{"resetPasswordUrl": c.url("/signin/reset-password/%s", randomText(20, base62))}, nil
}

// postForgotWithQuestion is POST …/credentials/forgot_password_recovery_question.
func (c *call) postForgotWithQuestion(u *user) (int, any, *apiError) {
	var in struct {
		Password *secretBody `json:"password"`
		Question *struct {
			Answer string `json:"answer"`
		} `json:"recovery_question"`
	}
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	switch {
	case in.Password == nil || in.Question == nil:
		return 0, nil, errMalformed()
	case u.question == "" || u.provider != "OKTA":
		return 0, nil, errNoForgot()
	case !strings.EqualFold(strings.TrimSpace(in.Question.Answer), strings.TrimSpace(u.answer)):
		return 0, nil, newError(http.StatusForbidden, "E0000087", "The recovery question answer did not match our records.")
	case !meetsPolicy(in.Password.Value, u.login()):
		return 0, nil, errCredentials(passwordNeeds)
	}
	c.newPassword(u, in.Password.Value)
	return http.StatusOK, u.credentialsView(), nil
}
