-- What queries that are written for SQLite call, by SQLite's names (https://www.sqlite.org/lang_corefunc.html,
-- https://www.sqlite.org/json1.html), as far as our queries use it. Made anew at a start that finds
-- others in the database, so each is CREATE OR REPLACE.

CREATE OR REPLACE FUNCTION instr(text, text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT strpos($1, $2)::bigint $$;

CREATE OR REPLACE FUNCTION max(bigint, bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT greatest($1, $2) $$;
CREATE OR REPLACE FUNCTION min(bigint, bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT least($1, $2) $$;
CREATE OR REPLACE FUNCTION max(text, text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT greatest($1, $2) $$;
CREATE OR REPLACE FUNCTION min(text, text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT least($1, $2) $$;

-- A path such as $.trigger.kind or $.inputs[0].name; the value as text.
CREATE OR REPLACE FUNCTION json_extract(text, text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT $1::json #>> string_to_array(regexp_replace(substr($2, 3), '\[([0-9]+)\]', '.\1', 'g'), '.') $$;

-- The elements of a list, or the fields of an object, as text.
CREATE OR REPLACE FUNCTION json_each(text) RETURNS TABLE (key text, value text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
    $$ SELECT (n - 1)::text, v FROM json_array_elements_text(CASE json_typeof($1::json) WHEN 'array' THEN $1::json ELSE '[]' END)
           WITH ORDINALITY AS a (v, n)
       UNION ALL SELECT k, v FROM json_each_text(CASE json_typeof($1::json) WHEN 'object' THEN $1::json ELSE '{}' END) AS o (k, v) $$;
CREATE OR REPLACE FUNCTION json_each(text, text) RETURNS TABLE (key text, value text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT * FROM json_each(json_extract($1, $2)) $$;

CREATE OR REPLACE FUNCTION json_array_length(text) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT json_array_length($1::json)::bigint $$;

-- Names sort, and are found, whatever their capitals.
CREATE COLLATION IF NOT EXISTS nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

-- What a trigger calls that refuses a change; its argument says why.
CREATE OR REPLACE FUNCTION caracal_refuse() RETURNS trigger
    LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$;
