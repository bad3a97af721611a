// SPDX-License-Identifier: Apache-2.0

package strictyaml

import (
	"encoding"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// scalar decodes one plain value; v is of a basic kind.
func (d *Document) scalar(node ast.ScalarNode, v reflect.Value, path string) {
	complain := func(why string) {
		d.add(where(node), path, fmt.Sprintf("%s %s; write %s", quote(node), why, wanted(v.Type())))
	}
	text := scalarText(node)
	if v.Type() == reflect.TypeFor[time.Duration]() {
		if why := setDuration(text, v); why != "" {
			complain(why)
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		if _, isBool := node.(*ast.BoolNode); isBool {
			d.add(where(node), path, fmt.Sprintf("%s is a truth value; put it in quotes if a text is meant", text))
			return
		}
		v.SetString(text)
	case reflect.Bool:
		b, ok := node.(*ast.BoolNode)
		if !ok {
			complain("is no truth value")
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if why := integerFault(node, err, err == nil && v.OverflowInt(n)); why != "" {
			complain(why)
			return
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(text, 10, 64)
		if strings.HasPrefix(text, "-") {
			complain("is below 0")
			return
		}
		if why := integerFault(node, err, err == nil && v.OverflowUint(n)); why != "" {
			complain(why)
			return
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
			complain("is no number")
			return
		}
		v.SetFloat(f)
	default:
		panic("strictyaml: field of kind " + v.Kind().String())
	}
}

func integerFault(node ast.ScalarNode, err error, overflow bool) string {
	_, isInteger := node.(*ast.IntegerNode)
	switch {
	case !isInteger:
		return "is no whole number"
	case overflow:
		return "is out of range"
	case err != nil:
		return "is not a decimal number in range"
	}
	return ""
}

func setDuration(text string, v reflect.Value) (why string) {
	t, err := time.ParseDuration(text)
	if err == nil {
		v.SetInt(int64(t))
		return ""
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return "has no unit"
	}
	return "is no duration"
}

// text hands a scalar to a type that reads itself.
func (d *Document) text(node ast.ScalarNode, u encoding.TextUnmarshaler, path string) {
	err := u.UnmarshalText([]byte(scalarText(node)))
	if err == nil {
		return
	}
	switch t := reflect.TypeOf(u).Elem(); t {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix]():
		d.add(where(node), path, fmt.Sprintf("%s is no %s; write %s", quote(node), noun(t), wanted(t)))
	default:
		d.add(where(node), path, firstLine(err.Error()))
	}
}

func noun(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[netip.Addr]():
		return "IP address"
	case reflect.TypeFor[netip.AddrPort]():
		return "IP address with a port"
	}
	return "network"
}

// wanted says how a value of type t is written.
func wanted(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration with its unit, like 20s, 1m30s or 500ms"
	case reflect.TypeFor[netip.Addr]():
		return "one like 192.0.2.7 or 2001:db8::7"
	case reflect.TypeFor[netip.AddrPort]():
		return "one like 127.0.0.1:5060 or [::1]:5060"
	case reflect.TypeFor[netip.Prefix]():
		return "one like 192.0.2.0/24, 192.0.2.7/32 or 2001:db8::/32"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number like 20"
	case reflect.Uint8, reflect.Uint16:
		return fmt.Sprintf("a whole number from 0 to %d", 1<<t.Bits()-1)
	case reflect.Uint, reflect.Uint32, reflect.Uint64:
		return "a whole number from 0 on"
	case reflect.Float32, reflect.Float64:
		return "a number like 0.5"
	case reflect.Slice:
		return "a list (- item)"
	case reflect.Map, reflect.Struct:
		return "a mapping (key: value)"
	}
	return "a text"
}

// scalarText is the value of a scalar as it was written, without its quotes.
func scalarText(node ast.ScalarNode) string {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	}
	return node.GetToken().Value
}

// maxQuoted is how much of a wrong value a problem repeats, in bytes.
const maxQuoted = 60

func quote(node ast.ScalarNode) string {
	text := scalarText(node)
	if len(text) > maxQuoted {
		text = strings.ToValidUTF8(text[:maxQuoted], "") + "..."
	}
	if _, isText := node.(*ast.StringNode); isText {
		return strconv.Quote(text)
	}
	return text
}

func isNull(node ast.Node) bool { return node == nil || node.Type() == ast.NullType }

func kind(node ast.Node) string {
	switch node.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "mapping"
	case ast.SequenceType:
		return "list"
	}
	return "single value"
}

// where is the first character of a node.
func where(node ast.Node) place {
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		return where(m.Values[0].Key)
	}
	if node == nil || node.GetToken() == nil {
		return place{1, 1}
	}
	at := node.GetToken().Position
	return place{at.Line, at.Column}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
