package db

import (
	"context"
	"database/sql"
	"errors"
)

// CatalogFiles returns the names of the imported catalogs that the nodes share, and the one in use; "" before anybody chose.
func (d *DB) CatalogFiles(ctx context.Context) (names []string, current string, err error) {
	err = rows(ctx, d.read, func(row *sql.Rows) error {
		var name string
		err := row.Scan(&name)
		names = append(names, name)
		return err
	}, "SELECT name FROM catalog_file ORDER BY name")
	if err != nil {
		return nil, "", err
	}
	err = d.read.QueryRowContext(ctx, "SELECT name FROM catalog_in_use WHERE one = 1").Scan(&current)
	if errors.Is(err, sql.ErrNoRows) {
		return names, "", nil
	}
	return names, current, explain(err)
}

// CatalogFile returns an imported catalog, or ErrNotFound.
func (d *DB) CatalogFile(ctx context.Context, name string) (text []byte, err error) {
	err = d.read.QueryRowContext(ctx, "SELECT body FROM catalog_file WHERE name = $1", name).Scan(&text)
	return text, explain(err)
}

// PutCatalogFile shares an imported catalog; one of the name stays as it is.
func (d *DB) PutCatalogFile(ctx context.Context, name string, text []byte) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "INSERT INTO catalog_file (name, body) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, text)
		return err
	})
}

// DropCatalogFile forgets a shared catalog.
func (d *DB) DropCatalogFile(ctx context.Context, name string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "DELETE FROM catalog_file WHERE name = $1", name)
		return err
	})
}

// UseCatalog stores which catalog every node uses.
func (d *DB) UseCatalog(ctx context.Context, name string) error {
	return d.Write(ctx, func(tx *sql.Tx) error {
		_, err := exec(ctx, tx, "INSERT INTO catalog_in_use (one, name) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET name = excluded.name", name)
		return err
	})
}
