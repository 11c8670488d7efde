package oktasim

import (
	"crypto/hmac"
	"crypto/sha1" // RFC 6238 asks for it
	"encoding/binary"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// factor is one second factor of a user ("UserFactor" in Okta's API reference).
type factor struct {
	id, kind, provider, status string
	created, lastUpdated       time.Time
	profile                    map[string]any
	answer                     string // of a security question
	code                       string // of a pending enrollment: what activates it
	secret                     []byte // of token:software:totp
}

// factorKind is a type of factor that can be enrolled through the API.
type factorKind struct {
	kind, idPrefix string
	pending        bool     // needs an activation with a code
	needs          string   // the profile property it takes
	shows          []string // profile properties in answers
}

var factorKinds = []factorKind{
	{kind: "question", idPrefix: "ufs", needs: "question", shows: []string{"question", "questionText"}},
	{kind: "sms", idPrefix: "sms", pending: true, needs: "phoneNumber", shows: []string{"phoneNumber"}},
	{kind: "call", idPrefix: "clf", pending: true, needs: "phoneNumber", shows: []string{"phoneNumber", "phoneExtension"}},
	{kind: "email", idPrefix: "emf", pending: true, needs: "email", shows: []string{"email"}},
	{kind: "token:software:totp", idPrefix: "ost", pending: true, shows: []string{"credentialId"}},
	{kind: "push", idPrefix: "opf", pending: true, shows: []string{"credentialId", "deviceType", "name", "platform", "version"}},
}

// securityQuestions are the questions that Okta offers, by key ("List all supported security questions").
var securityQuestions = []struct{ key, text string }{
	{"disliked_food", "What is the food you least liked as a child?"},
	{"name_of_first_plush_toy", "What is the name of your first stuffed animal?"},
	{"first_award", "What did you earn your first medal or award for?"},
	{"favorite_security_question", "What is your favorite security question?"},
	{"favorite_toy", "What is the toy/stuffed animal you liked the most as a kid?"},
	{"first_computer_game", "What was the first computer game you played?"},
	{"favorite_movie_quote", "What is your favorite movie quote?"},
	{"first_sports_team_mascot", "What was the mascot of the first sports team you played on?"},
	{"first_music_purchase", "What music album or song did you first purchase?"},
	{"favorite_art_piece", "What is your favorite piece of art?"},
	{"childhood_dream_job", "What was your dream job as a child?"},
}

func questionText(key string) string {
	for _, q := range securityQuestions {
		if q.key == key {
			return q.text
		}
	}
	return ""
}

func (u *user) factor(id string) *factor {
	for _, f := range u.factors {
		if f.id == id {
			return f
		}
	}
	return nil
}

// passes says whether a code is right: the one that was sent, or for TOTP the one
// of the moment or of the step before or after (RFC 6238).
func (f *factor) passes(code string, now time.Time) bool {
	if f.secret == nil {
		return code != "" && code == f.code
	}
	for _, step := range []int64{-1, 0, 1} {
		if totp(f.secret, now.Unix()/30+step) == code {
			return true
		}
	}
	return false
}

// totp is the six-digit code of RFC 6238 with SHA-1, as authenticator apps make it.
func totp(secret []byte, counter int64) string {
	mac := hmac.New(sha1.New, secret)
	if err := binary.Write(mac, binary.BigEndian, counter); err != nil {
		return "" // a hash does not fail to write
	}
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:at+4])&0x7fffffff%1_000_000)
}

var phonePattern = regexp.MustCompile(`^\+[0-9]{7,15}$`)

// setProfile checks and takes what an enrollment says.
func (f *factor) setProfile(kind factorKind, u *user, in map[string]any) *apiError {
	if kind.needs != "" && asText(in[kind.needs]) == "" {
		return errValidation("factorEnrollRequest", kind.needs+": "+causeBlank)
	}
	for _, name := range kind.shows {
		if v, ok := in[name].(string); ok {
			f.profile[name] = v
		}
	}
	switch kind.kind {
	case "question":
		key, answer := asText(in["question"]), asText(in["answer"])
		text := questionText(key)
		if text == "" {
			return errValidation("securityQuestion", "The security question is not one of the supported ones")
		}
		if len([]rune(answer)) < 4 {
			return errValidation("securityQuestion.answer", "The security question answer must be at least 4 characters in length")
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(answer)) {
			return errValidation("securityQuestion.answer", "The security question answer must not be part of the question")
		}
		f.profile["questionText"], f.answer = text, answer
	case "sms", "call":
		if !phonePattern.MatchString(asText(in["phoneNumber"])) {
			return newError(http.StatusBadRequest, "E0000098", "This phone number is invalid.")
		}
	case "email":
		if !isMailAddress(asText(in["email"])) {
			return errValidation("email", "email: "+causePattern)
		}
	default:
		f.profile["credentialId"] = u.login()
	}
	return nil
}
