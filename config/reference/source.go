// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// sources are the structs of the packages read so far, by "package.Type".
type sources struct {
	types   map[string]*structType
	scalars map[string]bool // those that may be written as one plain value
}

type structType struct {
	pkg    string
	doc    string
	fields []*ast.Field
}

// field is one key.
type field struct {
	key, doc        string
	elem            string // the type, or that of the elements
	list, table     bool
	listOfTables    bool
	required, orOne bool
	oneOf           []string // the only values, if they are few
}

// read takes the structs of one package, without its tests.
func (s *sources) read(root, folder string) error {
	names, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
	if err != nil {
		return fmt.Errorf("list sources: %w", err)
	}
	set := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return fmt.Errorf("read sources: %w", err)
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				s.declared(folder, d)
			case *ast.FuncDecl:
				s.method(folder, d)
			}
		}
	}
	return nil
}

func (s *sources) declared(pkg string, g *ast.GenDecl) {
	for _, spec := range g.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		if st, ok := t.Type.(*ast.StructType); ok {
			doc := t.Doc
			if doc == nil {
				doc = g.Doc
			}
			text := oneLine(doc.Text())
			if !t.Name.IsExported() { // its name says nothing to those who write files
				text = strings.Replace(text, t.Name.Name, "This", 1)
			}
			s.types[pkg+"."+t.Name.Name] = &structType{pkg: pkg, doc: text, fields: st.Fields.List}
		}
	}
}

// method notes types that read themselves from a plain value.
func (s *sources) method(pkg string, f *ast.FuncDecl) {
	if f.Recv == nil || f.Name.Name != "UnmarshalText" || s.scalars == nil {
		return
	}
	if p, is := f.Recv.List[0].Type.(*ast.StarExpr); is {
		if name, is := p.X.(*ast.Ident); is {
			s.scalars[pkg+"."+name.Name] = true
		}
	}
}

// fields are the keys of a struct, those of embedded structs included.
func (s *sources) fields(typeName string) ([]field, error) {
	t := s.types[typeName]
	var out []field
	for _, f := range t.fields {
		if len(f.Names) == 0 {
			inner, err := s.fields(typeOf(t.pkg, f.Type))
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		}
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			return nil, fmt.Errorf("read tag of %s: %w", typeName, err)
		}
		key, options, _ := strings.Cut(reflect.StructTag(tag).Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		described := field{
			key:      key,
			required: strings.Contains(options, "required"),
			orOne:    strings.Contains(options, "orOne"),
			doc:      oneLine(f.Doc.Text() + " " + f.Comment.Text()),
		}
		if words := reflect.StructTag(tag).Get("oneof"); words != "" {
			described.oneOf = strings.Fields(words)
		}
		if described.doc == "" && len(out) > 0 { // one comment for several fields
			described.doc = out[len(out)-1].doc
		}
		described.shape(t.pkg, f.Type)
		out = append(out, described)
	}
	return out, nil
}

// shape finds what the field holds.
func (f *field) shape(pkg string, e ast.Expr) {
	switch e := e.(type) {
	case *ast.ArrayType:
		f.list = true
		f.shape(pkg, e.Elt)
		f.listOfTables = f.table
	case *ast.MapType:
		f.table = true
		f.shape(pkg, e.Value)
	case *ast.StarExpr:
		f.shape(pkg, e.X)
	default:
		f.elem = typeOf(pkg, e)
	}
}

func typeOf(pkg string, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		if from, ok := e.X.(*ast.Ident); ok {
			return from.Name + "." + e.Sel.Name
		}
	case *ast.Ident:
		if ast.IsExported(e.Name) || strings.HasSuffix(e.Name, "File") || strings.HasSuffix(e.Name, "Endings") {
			return pkg + "." + e.Name
		}
		return e.Name
	}
	return ""
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
