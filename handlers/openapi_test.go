package handlers

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"onderweg/docs"
	"onderweg/internal/parcel"
)

// operation is what the tests read of the description.
type operation struct {
	Parameters []struct {
		Ref     string `yaml:"$ref"`
		Name    string
		In      string
		Example any
	}
	RequestBody struct {
		Content map[string]struct {
			Examples yaml.Node
		}
	} `yaml:"requestBody"`
	Responses map[string]struct {
		Ref     string `yaml:"$ref"`
		Content map[string]struct {
			Schema struct {
				Ref string `yaml:"$ref"`
			}
		}
	}
}

type described struct {
	Paths map[string]map[string]operation
}

const specURL = "https://onderweg.example/openapi.json"

func readDescription(t *testing.T) (described, *jsonschema.Compiler) {
	t.Helper()
	var d described
	if err := yaml.Unmarshal(docs.OpenAPI, &d); err != nil {
		t.Fatal(err)
	}
	s, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(strings.NewReader(string(s.json)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(specURL, tree); err != nil {
		t.Fatal(err)
	}
	return d, c
}

// fits says whether an answer is one that the operation describes.
func (op operation) fits(t *testing.T, c *jsonschema.Compiler, what string, got answer) {
	t.Helper()
	r, ok := op.Responses[strconv.Itoa(got.Status)]
	if !ok {
		t.Errorf("%s: %d is not described: %s", what, got.Status, got.Body)
		return
	}
	ref := "#/components/schemas/Problem"
	if r.Ref == "" {
		if len(r.Content) == 0 {
			return
		}
		ref = r.Content[got.Header.Get("Content-Type")].Schema.Ref
	}
	schema, err := c.Compile(specURL + ref)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.Body))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: the answer is not as described: %v\n%s", what, err, got.Body)
	}
}

func TestTheExamplesOfTheDescriptionWorkAndAreAnsweredAsDescribed(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read", "orders:write")
	a.feed(a.kaap)
	d, c := readDescription(t)

	replay := func(path, method string) {
		op := d.Paths[path][method]
		examples := op.RequestBody.Content["application/json"].Examples
		for i := 0; i+1 < len(examples.Content); i += 2 {
			name := method + " " + path + " " + examples.Content[i].Value
			var example struct {
				Status int `yaml:"x-status"`
				Value  any
			}
			a.ok(examples.Content[i+1].Decode(&example))
			text, err := json.Marshal(example.Value)
			a.ok(err)
			got := a.ask(strings.ToUpper(method), strings.Replace(path, "{number}", "KN-20466", 1), key(plain), asJSON(string(text)))
			if got.Status != example.Status {
				t.Errorf("%s answers %d, want %d: %s", name, got.Status, example.Status, got.Body)
			}
			op.fits(t, c, name, got)
		}
	}
	replay("/api/v1/orders", "post")
	replay("/api/v1/orders/{number}/parcels", "post")
	a.scanNumber(a.kaap, "3SKNRD0612390", parcel.OutForDelivery)
	a.until("the scan is there", func() bool {
		return strings.Contains(a.get("/api/v1/orders/KN-20466", key(plain)).Body, "out_for_delivery")
	})

	id := regexp.MustCompile(`"id":"([0-9a-f-]{36})","order"`).FindStringSubmatch(a.see("/api/v1/orders/KN-20466/parcels", key(plain)))
	if id == nil {
		t.Fatal("the order has no parcels")
	}
	for path, ask := range map[string][]string{
		"/api/v1/orders":                  {"/api/v1/orders?limit=2", "/api/v1/orders?limit=999"},
		"/api/v1/orders/{number}":         {"/api/v1/orders/KN-20466", "/api/v1/orders/none"},
		"/api/v1/orders/{number}/parcels": {"/api/v1/orders/KN-20466/parcels", "/api/v1/orders/none/parcels"},
		"/api/v1/parcels/{id}":            {"/api/v1/parcels/" + id[1], "/api/v1/parcels/none"},
	} {
		for _, one := range ask {
			d.Paths[path]["get"].fits(t, c, one, a.get(one, key(plain)))
			d.Paths[path]["get"].fits(t, c, one+" without a key", a.get(one))
		}
	}
	receive := d.Paths["/feeds/{shop}/{feed}"]["post"]
	receive.fits(t, c, "a forged request", a.ask("POST", "/feeds/kaap-noord/standard", asJSON("{}")))
	receive.fits(t, c, "no feed", a.ask("POST", "/feeds/kaap-noord/none", asJSON("{}")))
	text, h := a.composed("evt-d", "3SKNRD0612390", parcel.Delivered, feedSecret)
	receive.fits(t, c, "a good request", a.ask("POST", "/feeds/kaap-noord/standard", asJSON(text), headers(h)))
}

func TestTheDescriptionNamesEveryRouteForPrograms(t *testing.T) {
	a := newApp(t)
	d, c := readDescription(t)
	params := regexp.MustCompile(`:(\w+)`)
	var routes, paths []string
	for _, rt := range a.web.Routes() {
		if rt.Machine && rt.Path != "/u/:token" {
			routes = append(routes, strings.ToLower(rt.Method)+" "+params.ReplaceAllString(rt.Path, "{$1}"))
		}
	}
	for path, operations := range d.Paths {
		for method := range operations {
			paths = append(paths, method+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(paths)
	if !slices.Equal(routes, paths) {
		t.Errorf("routes:    %v\ndescribed: %v", routes, paths)
	}
	for _, name := range []string{"Order", "OrderInput", "OrderList", "Parcel", "ParcelInput", "ParcelList", "Problem"} {
		if _, err := c.Compile(specURL + "#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
	if got := a.get("/openapi.yaml"); got.Status != http.StatusOK || got.Body != string(docs.OpenAPI) {
		t.Error("/openapi.yaml is not the file")
	}
	if got := a.get("/openapi.json"); !json.Valid([]byte(got.Body)) {
		t.Error("/openapi.json is no JSON")
	}
}

func TestListsGoOnWhereTheyStopped(t *testing.T) {
	a := newApp(t)
	plain, _ := a.apiKey(a.kaap, "orders:read")
	want := map[string]bool{}
	for _, number := range []string{"KN-1", "KN-2", "KN-3", "KN-4", "KN-5"} {
		a.order(a.kaap, number)
		want[number] = true
	}
	path, pages := "/api/v1/orders?limit=2", 0
	for path != "" {
		got := a.get(path, key(plain))
		var list struct {
			Data []struct{ Number string }
			Next string
		}
		a.ok(json.Unmarshal([]byte(got.Body), &list))
		for _, o := range list.Data {
			if !want[o.Number] {
				t.Errorf("%s comes twice, or from nowhere", o.Number)
			}
			delete(want, o.Number)
		}
		path = list.Next
		pages++
	}
	if len(want) != 0 || pages != 3 {
		t.Errorf("%d pages, and %v were left out", pages, want)
	}
}
