// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

const (
	// maxExpression is the longest expression, in bytes.
	maxExpression = 500
	// maxExpressionNodes bounds what one expression may cost: each of its parts
	// runs at most once, since ranges and loops are not taken.
	maxExpressionNodes = 100
	// maxValue is the longest text a variable may hold, in bytes; with it no
	// flow can grow a text without end.
	maxValue = 256
)

// builtIns are the functions that expressions may call. None reads a clock,
// loops over a list or makes a text longer than its arguments.
var builtIns = []string{"len", "lower", "upper", "trim", "int", "float", "string", "abs", "max", "min", "round", "floor", "ceil", "hasPrefix", "hasSuffix", "indexOf"}

// The names that every expression may use beside the flow's variables.
const (
	nameCaller   = "caller"
	nameDialled  = "dialled"
	nameLanguage = "language"
	nameTime     = "time"
)

// givenNames are their kinds; {caller} and {dialled} may be spoken too.
var givenNames = map[string]any{nameCaller: "", nameDialled: "", nameLanguage: "", nameTime: clock{}}

// clock is the time as expressions see it, in the flow's zone.
type clock struct {
	Hour    int    `expr:"hour"`
	Minute  int    `expr:"minute"`
	Day     int    `expr:"day"`
	Month   int    `expr:"month"`
	Year    int    `expr:"year"`
	Weekday string `expr:"weekday"` // mon ... sun
	Date    string `expr:"date"`    // 2026-03-01
}

func clockAt(now time.Time, zone *time.Location) clock {
	t := now.In(zone)
	return clock{
		Hour: t.Hour(), Minute: t.Minute(), Day: t.Day(), Month: int(t.Month()), Year: t.Year(),
		Weekday: dayNames[(t.Weekday()+6)%7], Date: t.Format(time.DateOnly),
	}
}

// variableKind is what a variable of a flow holds.
type variableKind struct {
	zero   any  // "", 0, 0.0, false, or time.Time{} (of hours; only spoken)
	secret bool // never spoken, shown or logged
}

// expression is one compiled expression.
type expression struct {
	source   string
	program  *vm.Program
	reads    []string // variables and given names
	fallible bool     // can fail at run time
	secret   bool     // reads a secret
}

// compile checks an expression against the variables of a flow.
func compile(source string, variables map[string]*variableKind, options ...expr.Option) (*expression, error) {
	if strings.TrimSpace(source) == "" {
		return nil, fmt.Errorf("is empty; write an expression")
	}
	if len(source) > maxExpression {
		return nil, fmt.Errorf("is longer than %d bytes; cut it into several", maxExpression)
	}
	known := maps.Clone(givenNames)
	for name, kind := range variables {
		if _, moment := kind.zero.(time.Time); !moment {
			known[name] = kind.zero
		}
	}
	e := &expression{source: source}
	look := &inspector{into: e}
	options = append([]expr.Option{expr.Env(known), expr.MaxNodes(maxExpressionNodes), expr.DisableAllBuiltins()}, options...)
	for _, name := range builtIns {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, fmt.Errorf("is no expression we can run: %s", firstLine(err.Error()))
	}
	node := program.Node()
	ast.Walk(&node, look)
	if look.refused != "" {
		return nil, fmt.Errorf("uses %s, which is not taken; write it without", look.refused)
	}
	e.program = program
	for _, name := range e.reads {
		if kind := variables[name]; kind != nil && kind.secret {
			e.secret = true
		}
	}
	return e, nil
}

// inspector looks at what an expression is made of.
type inspector struct {
	into    *expression
	refused string
}

func (i *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(i.into.reads, n.Value) {
			i.into.reads = append(i.into.reads, n.Value)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "..":
			i.refused = "a range"
		case "/", "%", "+", "matches": // by zero; too long a text; a pattern made at run time
			i.into.fallible = true
		}
	case *ast.BuiltinNode:
		if !slices.Contains(builtIns, n.Name) { // some are no functions to the parser
			i.refused = n.Name
		}
		if n.Name == "int" || n.Name == "float" {
			i.into.fallible = true
		}
	case *ast.PredicateNode, *ast.PointerNode:
		i.refused = "a loop over a list"
	case *ast.CallNode:
		i.refused = "a call of what is no function"
	case *ast.VariableDeclaratorNode:
		i.refused = "let"
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// zeroOf is the kind of what e gives, as a variable holds it; nil if none can.
func (e *expression) zeroOf() any {
	switch t := e.program.Node().Type(); {
	case t == nil:
		return nil
	case t.Kind() == reflect.String:
		return ""
	case t.Kind() == reflect.Bool:
		return false
	case t.Kind() == reflect.Int:
		return 0
	case t.Kind() == reflect.Float64:
		return 0.0
	}
	return nil
}

// eval runs e. Its error says why it could not, and never quotes a value.
func (m *Machine) eval(now time.Time, e *expression) (any, bool) {
	if m.env == nil {
		m.env = make(map[string]any, len(m.flow.variables)+len(givenNames))
		for name, kind := range m.flow.variables {
			m.env[name] = kind.zero
		}
		for _, v := range m.variables {
			m.env[v.name] = v.value
		}
		m.env[nameCaller], m.env[nameDialled] = m.contact.Caller, m.contact.Dialled
	}
	m.env[nameLanguage] = m.Language()
	if slices.Contains(e.reads, nameTime) {
		m.env[nameTime] = clockAt(now, m.flow.zone)
	}
	value, err := vm.Run(e.program, m.env)
	if err != nil {
		return nil, false
	}
	if text, is := value.(string); is && len(text) > maxValue {
		return nil, false
	}
	return value, true
}

// textOf writes a variable's value as text.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format("2006-01-02 15:04")
	}
	return ""
}
