package db

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"caracal/auth"
	"caracal/fault"
)

// TestFullServerDiskWritesNothing lets the server answer, in the middle of a Write, as it does when its disk is full
// (SQLSTATE 53100): nothing of it is stored, it is said in a sentence, and what comes once there is room again is stored.
func TestFullServerDiskWritesNothing(t *testing.T) {
	t.Parallel()
	if !onPostgres {
		return // TestFullDiskWritesNothing is about a file
	}
	d := openAt(t, fresh(t, onPostgres), Options{})
	for _, q := range []string{`CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
		IF NEW.subject = '30' THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $f$`,
		"CREATE TRIGGER no_room BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION no_room()"} {
		if _, err := d.Writer().Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.before", "x", nil); err != nil {
		t.Fatal(err)
	}
	err := d.Write(t.Context(), func(tx *sql.Tx) error {
		for i := range 100 {
			if err := d.appendAudit(t.Context(), tx, auth.User{ID: "u1"}, "test.big", fmt.Sprint(i), nil); err != nil {
				return err
			}
		}
		return nil
	})
	if !fault.Is(err, fault.Busy) || !strings.Contains(fault.Message(err), "disk") {
		t.Fatalf("got %v", err)
	}
	if count, _, err := d.AuditVerify(t.Context()); err != nil || count != 1 {
		t.Errorf("%d entries are stored (%v)", count, err)
	}
	if _, err := d.Writer().Exec("DROP TRIGGER no_room ON audit"); err != nil {
		t.Fatal(err)
	}
	if err := d.Record(t.Context(), auth.User{ID: "u1"}, "test.after", "x", nil); err != nil {
		t.Errorf("after space was made: %v", err)
	}
	if count, _, err := d.AuditVerify(t.Context()); err != nil || count != 2 {
		t.Errorf("%d entries are stored (%v)", count, err)
	}
}
