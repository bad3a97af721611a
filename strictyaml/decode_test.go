// SPDX-License-Identifier: Apache-2.0

package strictyaml

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

type house struct {
	Name   string            `yaml:"name,required"`
	Doors  int               `yaml:"doors"`
	Floor  uint8             `yaml:"floor"`
	Height float64           `yaml:"height"`
	Lit    bool              `yaml:"lit"`
	Rest   time.Duration     `yaml:"rest"`
	Bell   netip.AddrPort    `yaml:"bell"`
	Street []netip.Prefix    `yaml:"street"`
	Rooms  []room            `yaml:"rooms"`
	Walls  []string          `yaml:"walls,orOne"`
	Names  map[string]string `yaml:"names"`
	Garden *garden           `yaml:"garden"`
	Sign   label             `yaml:"sign"`
	Hidden string            `yaml:"-"`
	base
}

type base struct {
	Deep time.Duration `yaml:"deep"`
}

type room struct {
	Name  string `yaml:"name,required"`
	Width int    `yaml:"width"`
}

type garden struct {
	Trees *int `yaml:"trees"`
}

// label is written as a text or as a mapping.
type label map[string]string

func (l *label) UnmarshalText(text []byte) error {
	if len(text) > 5 {
		return fmt.Errorf("%q is too long; write at most 5 letters", text)
	}
	*l = label{"": string(text)}
	return nil
}

func TestDecodeTakesEveryKind(t *testing.T) {
	var got house
	trees := 3
	d := Decode("h.yaml", []byte(`
name: 1000          # a number is a fine text
doors: 4
floor: 255
height: 2.5
lit: true
rest: 1m30s
bell: "[::1]:80"
street: [10.0.0.0/8, 2001:db8::/32]
rooms:
  - {name: hall, width: 3}
  - name: |
      attic
walls: brick
names: {en: house, zh: 房子}
garden:
  trees: 3
sign: here
deep: 500ms
`), &got)
	if p := d.Problems(); len(p) > 0 {
		t.Fatal(p)
	}
	want := house{
		Name: "1000", Doors: 4, Floor: 255, Height: 2.5, Lit: true, Rest: 90 * time.Second,
		Bell:   netip.MustParseAddrPort("[::1]:80"),
		Street: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")},
		Rooms:  []room{{"hall", 3}, {"attic\n", 0}},
		Walls:  []string{"brick"},
		Names:  map[string]string{"en": "house", "zh": "房子"},
		Garden: &garden{&trees}, Sign: label{"": "here"},
		base: base{500 * time.Millisecond},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for path, want := range map[string]string{
		"doors": "3:8", "rooms[1]": "12:5", "rooms[1].name": "12:11", "garden.trees": "17:10",
		"garden": "16:1", "rooms[1].width": "12:5", "names.zh": "15:24", "nothing": "1:1",
	} {
		if line, column := d.At(path); fmt.Sprintf("%d:%d", line, column) != want {
			t.Errorf("%s stands at %d:%d, want %s", path, line, column, want)
		}
	}
}

func TestDecodeNamesEveryFault(t *testing.T) {
	f := func(src string, want ...string) {
		t.Helper()
		var h house
		var got []string
		for _, p := range Decode("h.yaml", []byte(src), &h).Problems() {
			got = append(got, p.String())
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q\ngot  %s\nwant %s", src, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	f("name: a\ndors: 3\n", `h.yaml:2:1: dors: is unknown; did you mean "doors"?`)
	f("name: a\nzzzzzzz: 3\nrooms: [{name: x, wdith: 2}]\n",
		`h.yaml:2:1: zzzzzzz: is unknown; known here: name, doors, floor, height, lit, rest, bell, street, rooms, walls, names, garden, ...`,
		`h.yaml:3:19: rooms[0].wdith: is unknown; did you mean "width"?`)
	f("name: a\ndoors: many\nrest: 20\nlit: yes\n",
		`h.yaml:2:8: doors: "many" is no whole number; write a whole number like 20`,
		`h.yaml:3:7: rest: 20 has no unit; write a duration with its unit, like 20s, 1m30s or 500ms`,
		`h.yaml:4:6: lit: "yes" is no truth value; write true or false`)
	f("name: a\nrest: 20x\n", `h.yaml:2:7: rest: "20x" is no duration; write a duration with its unit, like 20s, 1m30s or 500ms`)
	f("name: a\nfloor: 256\n", `h.yaml:2:8: floor: 256 is out of range; write a whole number from 0 to 255`)
	f("name: a\nfloor: -1\n", `h.yaml:2:8: floor: -1 is below 0; write a whole number from 0 to 255`)
	f("name: a\ndoors: 0x10\n", `h.yaml:2:8: doors: 0x10 is not a decimal number in range; write a whole number like 20`)
	f("name: a\ndoors: 1.5\n", `h.yaml:2:8: doors: 1.5 is no whole number; write a whole number like 20`)
	f("name: a\nheight: .inf\n", `h.yaml:2:9: height: .inf is no number; write a number like 0.5`)
	f("name: a\ndoors: 1\ndoors: 2\n", `h.yaml:3:1: doors: stands here a second time (first in line 2); keep one`)
	f("doors: 1\nrooms:\n  - width: 1\n",
		`h.yaml:1:1: name: is missing; add it`,
		`h.yaml:3:5: rooms[0].name: is missing; add it`)
	f("", `h.yaml:1:1: name: is missing; add it`)
	f("# nothing\n", `h.yaml:1:1: name: is missing; add it`)
	f("name: a\nrooms: 3\nnames: [1]\ngarden: x\n",
		`h.yaml:2:8: rooms: is a single value; write a list (- item)`,
		`h.yaml:3:8: names: is a list; write a mapping (key: value)`,
		`h.yaml:4:9: garden: is a single value; write a mapping (key: value)`)
	f("name: a\ndoors: [1]\n", `h.yaml:2:8: doors: is a list; write a whole number like 20`)
	f("name: a\ndoors:\n", `h.yaml:2:8: doors: has no value; write a whole number like 20 or remove the line (a lone # begins a comment: write "#")`)
	f("name: a\nrooms:\nnames:\ngarden:\n")
	f("name: true\n", `h.yaml:1:7: name: true is a truth value; put it in quotes if a text is meant`)
	f("name: a\nbell: 1.2.3.4\nstreet: [10.0.0.1]\n",
		`h.yaml:2:7: bell: "1.2.3.4" is no IP address with a port; write one like 127.0.0.1:5060 or [::1]:5060`,
		`h.yaml:3:10: street[0]: "10.0.0.1" is no network; write one like 192.0.2.0/24, 192.0.2.7/32 or 2001:db8::/32`)
	f("name: a\nsign: far too long\n", `h.yaml:2:7: sign: "far too long" is too long; write at most 5 letters`)
	f("name: &x a\n", `h.yaml:1:7: name: anchors, aliases and tags are not taken; write the value out`)
	f("name: a\n<<: 3\n", `h.yaml:2:1: a key must be a plain word; write it out`)
	f("name: a\n---\nname: b\n", `h.yaml:3:1: a second document begins; one file holds one document`)
	f("- a\n", `h.yaml:1:1: is a list; write a mapping (key: value)`)
	f("name: [a\n", `h.yaml:1:7: is not YAML here: sequence end token ']' not found`)
	f("name: "+strings.Repeat("[", 100), `h.yaml:1:47: is nested deeper than 40 levels`)
}

func TestDecodeBoundsItsList(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: a\n")
	for i := range 10 * maxProblems {
		fmt.Fprintf(&b, "x%d: 1\n", i)
	}
	var h house
	p := Decode("h.yaml", []byte(b.String()), &h).Problems()
	if len(p) != maxProblems || !strings.Contains(p[maxProblems-1].Text, "too many") {
		t.Errorf("%d problems, the last %v", len(p), p[len(p)-1])
	}
}

func TestReportStandsAtTheNearestValue(t *testing.T) {
	var h house
	d := Decode("h.yaml", []byte("name: a\nrooms:\n  - name: x\n    width: -3\n"), &h)
	d.Report("rooms[0].width", "-3 is below 0; write 0 or more")
	d.Report("rooms[0].lamp.cord", "is too short")
	d.Report("deep", "0s is too little")
	want := "h.yaml:1:1: deep: 0s is too little\n" +
		"h.yaml:3:5: rooms[0].lamp.cord: is too short\n" +
		"h.yaml:4:12: rooms[0].width: -3 is below 0; write 0 or more"
	if got := d.Problems().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !d.Has("rooms[0].width") || d.Has("doors") {
		t.Error("Has is wrong")
	}
}

// FuzzDecode: whatever the file, Decode returns, and every problem has a place
// inside the file.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"name: a\ndoors: 3\nrooms: [{name: x, width: 2}]\n", "a: [1\n", "? x\n: y\n", "name: |\n  x\n",
		"name: &a b\nwalls: *a\n", "!!str a: !foo b\n", "- - - 1\n", "name: 'x\n", "%YAML 1.2\n---\nname: a\n", "<<: {}\n",
		"name: a\nrest: 3s # c\n", "\xff\xfe", "name: \"\\ud800\"\n", "{a: {b: {c: [,]}}}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		var h house
		for _, p := range Decode("f", src, &h).Problems() {
			if p.Line < 0 || p.Line > 1+strings.Count(string(src), "\n")+strings.Count(string(src), "\r") || p.Text == "" {
				t.Errorf("%q: %+v", src, p)
			}
		}
	})
}
