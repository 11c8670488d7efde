package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"caracal/fault"
)

// explainPostgres turns what PostgreSQL says, by its codes (https://www.postgresql.org/docs/current/errcodes-appendix.html),
// into what a person can act on. It returns nil for what is not PostgreSQL's.
func explainPostgres(err error) error {
	var told *pgconn.PgError
	if !errors.As(err, &told) {
		return explainNetwork(err)
	}
	switch code := told.Code; {
	case code == "23505":
		return errors.Join(ErrConflict, err)
	case code == "40001" || code == "40P01" || code == "55P03" || code == "57014":
		return fault.New(fault.Busy, "The database is busy, so nothing was saved; try again.").Because(err)
	case code == "53100":
		return fault.New(fault.Busy, "The disk of the PostgreSQL server is full, so nothing was saved; free some space, then try again.").Because(err)
	case code == "53300":
		return fault.New(fault.Busy, "The PostgreSQL server takes no more connections, so nothing was saved; raise its max_connections, then try again.").Because(err)
	case code == "25006":
		return fault.New(fault.Busy, "The PostgreSQL server lets nothing be written, so nothing was saved; name its primary in CARACAL_DATABASE_URL.").Because(err)
	case code == "22021" || code == "22P05":
		return fault.New(fault.Invalid, "A text holds a character that cannot be stored, so nothing was saved; take it out and try again.").Because(err)
	case strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") || code == "25P03":
		return lostServer(err)
	}
	return nil
}

func explainNetwork(err error) error {
	var network net.Error
	var connect *pgconn.ConnectError
	lost := errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err) // what a connection says that was closed before
	if lost {
		return lostServer(err)
	}
	return nil
}

func lostServer(err error) error {
	return fault.New(fault.Busy, "The PostgreSQL server does not answer, so it is not known whether this was saved; look when it is back, then try again.").Because(err)
}
