package oktasim

import (
	"net/http"
	"slices"
)

// userBody is what a caller sends to create or change a user ("CreateUserRequest").
type userBody struct {
	Profile     map[string]any   `json:"profile"`
	Credentials *credentialsBody `json:"credentials"`
	GroupIDs    []string         `json:"groupIds"`
	RealmID     string           `json:"realmId"`
	Type        *struct {
		ID string `json:"id"`
	} `json:"type"`
}

type credentialsBody struct {
	Password *struct {
		Value string         `json:"value"`
		Hash  map[string]any `json:"hash"`
		Hook  map[string]any `json:"hook"`
	} `json:"password"`
	Question *struct {
		Question string `json:"question"`
		Answer   string `json:"answer"`
	} `json:"recovery_question"`
	Provider *struct {
		Type string `json:"type"`
		Name string `json:"name"`
	} `json:"provider"`
}

var providerTypes = map[string]bool{
	"OKTA": true, "ACTIVE_DIRECTORY": true, "LDAP": true, "FEDERATION": true, "SOCIAL": true, "IMPORT": true,
}

// postUser is POST /api/v1/users.
func (c *call) postUser() (int, any, *apiError) {
	var in userBody
	if err := c.decode(&in); err != nil {
		return 0, nil, err
	}
	n := newUser{profile: in.Profile, groupIDs: in.GroupIDs, activate: c.qBool("activate", true)}
	switch c.q("nextLogin") {
	case "":
	case "changePassword":
		n.expirePassword = true
	default:
		return 0, nil, errValidation("nextLogin", "nextLogin: The value is not one of the allowed values")
	}
	if len(in.GroupIDs) > 20 {
		return 0, nil, newError(http.StatusBadRequest, "E0000093", "Target count limit exceeded", "The number of group targets is too large.")
	}
	if in.Type != nil {
		n.typeID = in.Type.ID
	}
	if err := c.checkRealm(in.RealmID); err != nil {
		return 0, nil, err
	}
	if cr := in.Credentials; cr != nil {
		if cr.Password != nil {
			n.password = cr.Password.Value
			if err := n.importPassword(cr.Password.Hash, cr.Password.Hook); err != nil {
				return 0, nil, err
			}
		}
		if cr.Question != nil {
			if err := checkQuestion(cr.Question.Question, cr.Question.Answer); err != nil {
				return 0, nil, err
			}
			n.question, n.answer = cr.Question.Question, cr.Question.Answer
		}
		if cr.Provider != nil {
			if !providerTypes[cr.Provider.Type] {
				return 0, nil, errValidation("provider", "provider: The value is not one of the allowed values")
			}
			if cr.Provider.Type != "OKTA" && n.password != "" {
				return 0, nil, errValidation("password", "password: A user of another credential provider has no password in Okta.")
			}
			n.provider = cr.Provider.Type
		}
	}
	u, err := c.o.createUser(c, n)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.userView(u, false), nil
}

// hashAlgorithms are those in which a password can be imported ("PasswordCredentialHash").
var hashAlgorithms = []string{"BCRYPT", "SHA-512", "SHA-256", "SHA-1", "MD5", "PBKDF2"}

// importPassword notes a password that comes as a hash or through an inline hook.
// It makes the user ACTIVE, but nobody can sign in with it here: the hash is not kept.
func (n *newUser) importPassword(hash, hook map[string]any) *apiError {
	if len(hash) == 0 && len(hook) == 0 {
		return nil
	}
	if n.password != "" || len(hash) > 0 && len(hook) > 0 {
		return errValidation("password", "password: Only one of value, hash and hook can be given")
	}
	if len(hook) > 0 {
		if asText(hook["type"]) != "default" {
			return errValidation("hook", "hook: The type of the password hook is not supported")
		}
		n.provider = "IMPORT"
	}
	if len(hash) > 0 {
		if !slices.Contains(hashAlgorithms, asText(hash["algorithm"])) || asText(hash["value"]) == "" {
			return errValidation("hash", "hash: The algorithm or the value of the password hash is not valid")
		}
	}
	n.imported = true
	return nil
}

// checkRealm refuses any realm but the org's own default one: there is no other.
func (c *call) checkRealm(id string) *apiError {
	if id != "" && id != c.o.users.realmID {
		return errNotFound(id, "Realm")
	}
	return nil
}

// checkQuestion checks a recovery question and its answer ("Recovery question object").
func checkQuestion(question, answer string) *apiError {
	var f profileFault
	if n := len([]rune(question)); n < 1 || n > 100 {
		f.add("securityQuestion.question", "The question must be 1 to 100 characters long")
	}
	if n := len([]rune(answer)); n < 4 || n > 100 {
		f.add("securityQuestion.answer", "The security question answer must be at least 4 characters in length")
	}
	return f.err()
}
