package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCatalogCommand(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		has  string // in the output, of either kind
	}{
		{[]string{"catalog", "search", "deactivate", "usr"}, exitOK, "deactivateUser"},
		{[]string{"catalog", "list", "user factor"}, exitOK, "enrollFactor"},
		{[]string{"catalog", "list"}, exitOK, "listNetworkZones"},
		{[]string{"catalog", "show", "createNetworkZone"}, exitOK, "okta.networkZones.manage"},
		{[]string{"catalog", "show", "deactivateUsr"}, exitFail, "did you mean deactivateUser?"},
		{[]string{"catalog", "search", "xyzzyplugh"}, exitFail, "Nothing fits"},
		{[]string{"catalog", "search"}, exitUsage, "say what to search for"},
		{[]string{"catalog"}, exitUsage, "search, list or show"},
		{[]string{"catalog", "buy"}, exitUsage, `no command "buy"`},
		{[]string{"catalog", "--help"}, exitOK, "caracal catalog search"},
	} {
		if code, stdout, stderr := call(t, nil, tt.args...); code != tt.code || !strings.Contains(stdout+stderr, tt.has) {
			t.Errorf("%v: exit %d, want %d with %q\n%.600s%.600s", tt.args, code, tt.code, tt.has, stdout, stderr)
		}
	}
}

func TestCatalogJSON(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"catalog", "search", "--json", "mfa", "reset"}, {"catalog", "search", "mfa", "reset", "--json"}} {
		_, stdout, stderr := call(t, nil, args...)
		var list []catalogEntry
		if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list) == 0 || list[0].ID != "resetFactors" {
			t.Errorf("%v: %v %v %s", args, err, list, stderr)
		}
	}
	_, stdout, _ := call(t, nil, "catalog", "show", "createGroup", "--json")
	var one catalogDetail
	if err := json.Unmarshal([]byte(stdout), &one); err != nil || one.Path != "/api/v1/groups" || one.Shape == nil {
		t.Errorf("%v %s", err, stdout)
	}
}
