// Package hostile makes input that has to be refused, for tests and for the bench.
package hostile

import (
	"fmt"
	"strings"
)

// okta is the head of a description that passes the cheap checks.
const okta = "openapi: 3.0.3\ninfo: {title: Okta Admin Management, version: '1'}\nx: [okta.users.read, /api/v1/users]\n"

// Descriptions returns descriptions of an API that have to be refused, by what is wrong with each. whole is one of Okta's own, into
// which two of them are written; most is how many bytes one may have.
func Descriptions(whole string, most int) map[string]string {
	bomb := &strings.Builder{}
	bomb.WriteString(okta + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		fmt.Fprintf(bomb, "a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	cyclic := `components: {schemas: {A: {allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}, B: {oneOf: [{$ref: '#/components/schemas/B'}], items: {$ref: '#/components/schemas/B'}},
  C: {type: array, items: {$ref: '#/components/schemas/C'}}, D: {type: object, properties: {d: {$ref: '#/components/schemas/D'}, c: {$ref: '#/components/schemas/C'}}}}}
paths: {/api/v1/users: {post: {operationId: x, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/%s'}}}}, responses: {'200': {description: ok}}}}}
`
	within := func(more string) string { return strings.Replace(whole, "\n  schemas:\n", "\n  schemas:\n"+more, 1) }
	return map[string]string{
		"a whole one with a part that is itself":     within("    A1:\n      $ref: '#/components/schemas/A2'\n    A2:\n      $ref: '#/components/schemas/A1'\n"),
		"a whole one with a part that has all of it": within("    A1:\n      allOf:\n      - $ref: '#/components/schemas/A2'\n      - type: object\n    A2:\n      allOf:\n      - $ref: '#/components/schemas/A1'\n"),
		"empty": "", "too large": strings.Repeat("x", most+1), "another company's": "openapi: 3.0.3\ninfo: {title: Acme, version: '1'}\npaths: {}\n",
		"a picture": "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 1<<20), "a bomb": bomb.String(), "an alias of itself": okta + "a: &a [*a]\n",
		"deep": okta + "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "\n", "few operations": okta + "paths: {}\n",
		"a web page": "<!doctype html><html><body>openapi okta.users.read /api/v1/users</body></html>", "JSON that is no description": `{"x": ["openapi", "okta.users.read", "/api/v1/users"]}`,
		"a later format": strings.Replace(okta, "3.0.3", "4.0.0", 1) + "paths: {}\n", "half a file": okta + "paths: {/api/v1/users: {get: {operationId: x, responses: {'200': {descr",
		"null parts":       okta + "components: {securitySchemes: {x: null}, schemas: {A: null}}\npaths: {/a: null}\n",
		"titled otherwise": strings.Replace(okta, "Okta Admin", "Acme", 1) + "paths: {}\n", "broken": okta + "paths: [\n",
		"cyclic parts": okta + fmt.Sprintf(cyclic, "A"), "cyclic choice": okta + fmt.Sprintf(cyclic, "B"), "cyclic list": okta + fmt.Sprintf(cyclic, "C"), "cyclic object": okta + fmt.Sprintf(cyclic, "D"),
	}
}
