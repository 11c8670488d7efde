package oktasim

import (
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net/http"
	"strings"
	"time"
)

// The statuses of a user ("UserStatus" in Okta's API reference).
const (
	statusStaged          = "STAGED"
	statusProvisioned     = "PROVISIONED"
	statusActive          = "ACTIVE"
	statusRecovery        = "RECOVERY"
	statusPasswordExpired = "PASSWORD_EXPIRED"
	statusLockedOut       = "LOCKED_OUT"
	statusSuspended       = "SUSPENDED"
	statusDeprovisioned   = "DEPROVISIONED"
)

// user is one person. Its profile is replaced on a change, never changed in place,
// so that a copy of the struct is a snapshot.
type user struct {
	id, status, typeID string
	profile            map[string]any
	provider           string // OKTA, ACTIVE_DIRECTORY, LDAP, FEDERATION, SOCIAL, IMPORT

	created, activated, statusChanged, lastLogin, lastUpdated, passwordChanged time.Time

	password      [sha256.Size]byte // salted with the id; only meaningful with hasPassword
	hasPassword   bool
	question      string
	answer        string
	failedSignIns int
	suspendedFrom string // the status to go back to
	risk          string
	roles         []*roleAssignment
	factors       []*factor
	linked        map[string]string // primary relationship name -> the primary user's id
	subscriptions map[string]bool

	indexedAt time.Time // when the search index was last told
	indexed   *user     // what the index still shows until it catches up; nil = nothing
}

// userStore holds the org's people in the order of creation, which is also the order of their ids.
type userStore struct {
	list    []*user
	byID    map[string]*user
	byLogin map[string]*user // by lower-case login
	realmID string
}

// newUser says what a user is to be created with.
type newUser struct {
	profile          map[string]any
	password         string
	question, answer string
	provider         string // "" = OKTA
	typeID           string // "" = the default type
	groupIDs         []string
	activate         bool
	expirePassword   bool // activate with PASSWORD_EXPIRED
	imported         bool // there is a password, but it is unknown here
}

// createUser checks and adds a user, tells the log, and lets the group rules see
// them. c is nil for a change that the org itself makes. The lock is held.
func (o *Org) createUser(c *call, in newUser) (*user, *apiError) {
	typ := o.schemas.typeByID(in.typeID)
	if typ == nil {
		return nil, errValidation("type", "type: The user type does not exist.")
	}
	u := &user{typeID: typ.id, provider: in.provider, profile: map[string]any{}}
	if u.provider == "" {
		u.provider = "OKTA"
	}
	if err := o.checkProfile(u, in.profile, typ); err != nil {
		return nil, err
	}
	u.profile = withoutNulls(in.profile)
	if in.expirePassword && in.password == "" && !in.imported {
		return nil, newError(http.StatusBadRequest, "E0000124", "Could not create user. To create a user and expire their password immediately, a password must be specified",
			"Could not create user. To create a user and expire their password immediately, a password must be specified")
	}
	if in.expirePassword && !in.activate {
		return nil, newError(http.StatusBadRequest, "E0000125", `Could not create user. To create a user and expire their password immediately, "activate" must be true`,
			`Could not create user. To create a user and expire their password immediately, "activate" must be true`)
	}
	if in.password != "" {
		if err := checkPassword(in.password, u.login()); err != nil {
			return nil, err
		}
	}
	groups := make([]*group, 0, len(in.groupIDs))
	for _, id := range in.groupIDs {
		g := o.groups.byID[id]
		if g == nil {
			return nil, errNotFound(id, "UserGroup")
		}
		if err := g.managed(); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	now := o.now()
	u.id = o.newID("00u")
	u.created, u.lastUpdated, u.indexedAt = now, now, now
	u.status = statusStaged
	u.question, u.answer = in.question, in.answer
	if in.password != "" {
		u.setPassword(in.password, now)
	}
	if in.imported {
		u.setPassword(randomToken(32), now)
	}
	o.users.add(u)
	o.log(c, "user.lifecycle.create", "Create okta user", u.target())
	o.joinEveryone(u)
	for _, g := range groups {
		o.addMember(c, g, u)
	}
	if in.activate {
		o.activateUser(c, u)
		if in.expirePassword {
			u.status = statusPasswordExpired
		}
	}
	o.applyRules(c, u)
	return u, nil
}

func (s *userStore) add(u *user) {
	s.list = append(s.list, u)
	s.byID[u.id] = u
	s.byLogin[strings.ToLower(u.login())] = u
}

func (s *userStore) remove(u *user) {
	for i, x := range s.list {
		if x == u {
			s.list = append(s.list[:i:i], s.list[i+1:]...)
			break
		}
	}
	delete(s.byID, u.id)
	delete(s.byLogin, strings.ToLower(u.login()))
}

// find looks a user up as the API does: by id, by login, or by the part of the
// login before the @ as long as only one user has it.
func (s *userStore) find(ref string) *user {
	if u := s.byID[ref]; u != nil {
		return u
	}
	ref = strings.ToLower(ref)
	if u := s.byLogin[ref]; u != nil || strings.Contains(ref, "@") || ref == "" {
		return u
	}
	var found *user
	for _, u := range s.list {
		if name, _, _ := strings.Cut(strings.ToLower(u.login()), "@"); name == ref {
			if found != nil {
				return nil
			}
			found = u
		}
	}
	return found
}

func (u *user) text(name string) string { s, _ := u.profile[name].(string); return s }
func (u *user) login() string           { return u.text("login") }

func (u *user) displayName() string {
	if n := u.text("displayName"); n != "" {
		return n
	}
	return strings.TrimSpace(u.text("firstName") + " " + u.text("lastName"))
}

// target names the user in a log event.
func (u *user) target() target {
	return target{ID: u.id, Type: "User", AlternateID: u.login(), DisplayName: u.displayName()}
}

// touch notes that the user changes now: call it before the change is made, so
// that the search index can go on showing the old state for its lag.
func (o *Org) touch(u *user) {
	now := o.now()
	if o.settings.SearchLag > 0 && o.searchSees(u.indexedAt) {
		old := *u
		old.indexed = nil
		u.indexed = &old
	}
	u.indexedAt, u.lastUpdated = now, now
}

// searchable is the user as the search index knows them: nil if not yet.
func (o *Org) searchable(u *user) *user {
	if o.searchSees(u.indexedAt) {
		return u
	}
	return u.indexed
}

func (o *Org) setStatus(u *user, status string) {
	o.touch(u)
	u.status = status
	u.statusChanged = o.now()
}

func passwordHash(id, password string) [sha256.Size]byte {
	return sha256.Sum256([]byte(id + "\x00" + password))
}

func (u *user) setPassword(password string, at time.Time) {
	u.password, u.hasPassword, u.passwordChanged = passwordHash(u.id, password), true, at
	u.failedSignIns = 0
}

func (u *user) passwordIs(password string) bool {
	h := passwordHash(u.id, password)
	return u.hasPassword && subtle.ConstantTimeCompare(h[:], u.password[:]) == 1
}

func withoutNulls(m map[string]any) map[string]any {
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	if out == nil {
		out = map[string]any{}
	}
	return out
}
