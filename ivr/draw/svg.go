// SPDX-License-Identifier: Apache-2.0

package draw

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"tandem/ivr"
)

// The measures of a picture, in pixels.
const (
	boxWidth  = 250
	boxHeight = 52
	gapX      = 60
	gapY      = 96
	margin    = 30
	lane      = 14 // between arrows that leave one box
)

// boxColours are the fills of nodes by what they do; others are grey.
var boxColours = map[string]string{
	"say": "#e3f0ff", "menu": "#fff3cd", "collect": "#fff3cd", "pin": "#fff3cd", "queue": "#d7f3df",
	"dial": "#d7f3df", "hangup": "#fbdcdc", "branch": "#eee4fb", "hours": "#eee4fb", "split": "#eee4fb",
}

type box struct {
	ivr.GraphNode
	x, y int
}

// SVG writes flow as a picture: the start on top, every node below what leads
// to it, an arrow for each exit. Exits that lead to one place share an arrow.
func SVG(flow *ivr.Flow, counts Counts) string {
	rows := layers(flow.Graph())
	boxes, order, width := arrange(rows)
	var b strings.Builder
	height := 2*margin + len(rows)*(boxHeight+gapY)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", escaped(string(flow.ID)))
	b.WriteString(`<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#556"/></marker></defs>` + "\n")
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	for _, id := range order {
		arrows(&b, boxes, boxes[id], counts)
	}
	for _, id := range order {
		draw(&b, boxes[id])
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// layers puts nodes in rows, each below all that leads to it but what comes
// back up; a handler, to which nothing leads, begins below the rest.
func layers(nodes []ivr.GraphNode) [][]ivr.GraphNode {
	w := walk{byID: map[ivr.NodeID]ivr.GraphNode{}, state: map[ivr.NodeID]int{}, back: map[[2]ivr.NodeID]bool{}}
	led := map[ivr.NodeID]bool{}
	for _, n := range nodes {
		w.byID[n.ID] = n
		for _, e := range n.Exits {
			led[e.To] = true
		}
	}
	var rows [][]ivr.GraphNode
	roots := []ivr.GraphNode{nodes[0]}
	for _, n := range nodes[1:] {
		if !led[n.ID] {
			roots = append(roots, n)
		}
	}
	for _, root := range append(roots, nodes...) { // nodes again: circles that nothing leads to
		w.order = nil
		w.visit(root.ID)
		rows = append(rows, w.rows()...)
	}
	return rows
}

// walk orders the nodes below a root, and finds the arrows that go back up.
type walk struct {
	byID  map[ivr.NodeID]ivr.GraphNode
	state map[ivr.NodeID]int // 1: on the way down, 2: done
	back  map[[2]ivr.NodeID]bool
	order []ivr.NodeID // the last first
}

func (w *walk) visit(id ivr.NodeID) {
	if w.state[id] != 0 {
		return
	}
	w.state[id] = 1
	for _, e := range slices.Backward(w.byID[id].Exits) { // so that they stand from left to right
		if e.To != "" && w.state[e.To] == 1 {
			w.back[[2]ivr.NodeID{id, e.To}] = true
		} else if e.To != "" {
			w.visit(e.To)
		}
	}
	w.state[id] = 2
	w.order = append(w.order, id)
}

func (w *walk) rows() [][]ivr.GraphNode {
	depth := map[ivr.NodeID]int{}
	var rows [][]ivr.GraphNode
	for _, id := range slices.Backward(w.order) {
		for len(rows) <= depth[id] {
			rows = append(rows, nil)
		}
		rows[depth[id]] = append(rows[depth[id]], w.byID[id])
		for _, e := range w.byID[id].Exits {
			if e.To != "" && !w.back[[2]ivr.NodeID{id, e.To}] {
				depth[e.To] = max(depth[e.To], depth[id]+1)
			}
		}
	}
	return rows
}

func arrange(rows [][]ivr.GraphNode) (boxes map[ivr.NodeID]*box, order []ivr.NodeID, width int) {
	widest := 0
	for _, row := range rows {
		widest = max(widest, len(row))
	}
	width = 2*margin + widest*(boxWidth+gapX)
	boxes = map[ivr.NodeID]*box{}
	for i, row := range rows {
		left := (width - len(row)*(boxWidth+gapX) + gapX) / 2
		slices.SortStableFunc(row, func(a, b ivr.GraphNode) int { return cmp.Compare(above(boxes, a.ID), above(boxes, b.ID)) })
		for j, n := range row {
			boxes[n.ID] = &box{n, left + j*(boxWidth+gapX), margin + i*(boxHeight+gapY)}
			order = append(order, n.ID)
		}
	}
	return boxes, order, width
}

// above is where the boxes placed so far that lead to a node stand, on average.
func above(boxes map[ivr.NodeID]*box, id ivr.NodeID) int {
	sum, n := 0, 0
	for _, b := range boxes {
		for _, e := range b.Exits {
			if e.To == id {
				sum, n = sum+b.x, n+1
			}
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

func draw(b *strings.Builder, n *box) {
	colour := boxColours[n.Kind]
	if colour == "" {
		colour = "#eef0f3"
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="7" fill="%s" stroke="#556"/>`+"\n", n.x, n.y, boxWidth, boxHeight, colour)
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-weight="bold">%s</text>`+"\n", n.x+boxWidth/2, n.y+20, escaped(string(n.ID)))
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#334">%s</text>`+"\n", n.x+boxWidth/2, n.y+39, escaped(caption(n.GraphNode)))
	var ends []string
	for _, e := range n.Exits {
		if e.To == "" && e.Name != "end" {
			ends = append(ends, e.Name)
		}
	}
	if len(ends) > 0 {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" fill="#667">%s</text>`+"\n", n.x+boxWidth/2, n.y+boxHeight+14, escaped("→ "+short(strings.Join(ends, ", "))))
	}
}

// arrows draws the exits of one box.
func arrows(b *strings.Builder, boxes map[ivr.NodeID]*box, from *box, counts Counts) {
	var targets []ivr.NodeID
	labels := map[ivr.NodeID][]string{}
	for _, e := range from.Exits {
		if e.To == "" {
			continue
		}
		if !slices.Contains(targets, e.To) {
			targets = append(targets, e.To)
		}
		labels[e.To] = append(labels[e.To], exitLabel(from.ID, e, counts))
	}
	slices.SortStableFunc(targets, func(a, b ivr.NodeID) int { return cmp.Compare(boxes[a].x, boxes[b].x) })
	for i, id := range targets {
		to := boxes[id]
		shift := (2*i - len(targets) + 1) * lane / 2
		x1, y1 := from.x+boxWidth/2+shift, from.y+boxHeight
		x2, y2 := to.x+boxWidth/2+shift/2, to.y
		var middleX, middleY int
		switch {
		case to.y > from.y:
			fmt.Fprintf(b, `<path d="M%d %d C%d %d %d %d %d %d"`, x1, y1, x1, y1+gapY/2, x2, y2-gapY/2, x2, y2)
			if to.y-from.y == boxHeight+gapY { // near the end, where arrows of one box are apart
				middleX, middleY = (x1+3*x2)/4, (y1+3*y2)/4
			} else { // between the first two rows
				middleX, middleY = x1+(x2-x1)/8, y1+gapY/2
			}
		case id == from.ID:
			x1, y1 = from.x+boxWidth, from.y+boxHeight/2+8
			fmt.Fprintf(b, `<path d="M%d %d c%d %d %d %d 0 -16"`, x1, y1, gapX*2/3, 8, gapX*2/3, -24)
			middleX, middleY = x1+gapX/4, y1+18
		default: // back up, round the side
			x1, y1 = from.x+boxWidth, from.y+boxHeight/2
			x2, y2 = to.x+boxWidth, to.y+boxHeight/2+8
			side := max(x1, x2) + gapX*2/3
			fmt.Fprintf(b, `<path stroke-dasharray="5 3" d="M%d %d C%d %d %d %d %d %d"`, x1, y1, side, y1, side, y2, x2, y2)
			middleX = side - gapX/3
			middleY = (y1+y2)/2 + i*lane
		}
		b.WriteString(` fill="none" stroke="#556" marker-end="url(#a)"/>` + "\n")
		for k, line := range wrapped(labels[id]) {
			fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="11" fill="#124" stroke="#fff" stroke-width="3" paint-order="stroke">%s</text>`+"\n",
				middleX, middleY-6+k*12, escaped(line))
		}
	}
}

// wrapped joins labels to lines of at most maxShown letters.
func wrapped(labels []string) []string {
	var lines []string
	for _, l := range labels {
		if last := len(lines) - 1; last >= 0 && len(lines[last])+len(l)+2 <= maxShown {
			lines[last] += ", " + l
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) //nolint:errcheck // a Builder takes everything
	return b.String()
}
