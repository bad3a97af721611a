// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// Sizes of the picture, in its own units.
const (
	svgWidth  = 900
	svgPanel  = 190 // height of one chart
	svgMargin = 60
)

var svgColours = []string{"#1f77b4", "#d95f02", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#7f7f7f"}

// WriteSVG draws, for each queue, the service level and the waits (mean and 90 %)
// over the day, a line for each result; around the service level the band of its
// confidence.
func WriteSVG(w io.Writer, results []Result, clocks []string) error {
	queues := results[0].Queues
	height := 50 + len(queues)*2*(svgPanel+45)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", svgWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", svgWidth, height)
	for i, r := range results {
		x := svgMargin + i*200
		fmt.Fprintf(&b, `<line x1="%d" y1="24" x2="%d" y2="24" stroke="%s" stroke-width="3"/><text x="%d" y="28">%s</text>`+"\n",
			x, x+24, svgColours[i%len(svgColours)], x+30, escape(nameOf(r)))
	}
	y := 60
	for i := range queues {
		name := string(queues[i].Queue)
		if name == "" {
			name = "all queues"
		}
		p := panel{y: y, clocks: clocks, top: 100, unit: "%"}
		p.frame(&b, name+": service level")
		for k, r := range results {
			p.band(&b, r, queues[i], ServiceLevel, svgColours[k%len(svgColours)])
			p.line(&b, r, queues[i], ServiceLevel, svgColours[k%len(svgColours)], "")
		}
		y += svgPanel + 45
		p = panel{y: y, clocks: clocks, top: topOf(results, queues[i], Wait90), unit: "s"}
		p.frame(&b, name+": wait, mean and 90 % (dashed)")
		for k, r := range results {
			p.line(&b, r, queues[i], WaitMean, svgColours[k%len(svgColours)], "")
			p.line(&b, r, queues[i], Wait90, svgColours[k%len(svgColours)], "5 4")
		}
		y += svgPanel + 45
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// panel is one chart.
type panel struct {
	y      int
	clocks []string
	top    float64
	unit   string
}

func (p panel) x(i int) float64 {
	return svgMargin + (float64(i)+0.5)*float64(svgWidth-2*svgMargin)/float64(len(p.clocks))
}

func (p panel) at(v float64) float64 {
	return float64(p.y) + svgPanel*(1-min(max(v/p.top, 0), 1))
}

func (p panel) frame(b *strings.Builder, title string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", svgMargin, p.y-8, escape(title))
	for i := range 5 {
		v := p.top * float64(i) / 4
		fmt.Fprintf(b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%.0f %s</text>`+"\n",
			svgMargin, p.at(v), svgWidth-svgMargin, p.at(v), svgMargin-6, p.at(v)+4, v, p.unit)
	}
	every := (len(p.clocks) + 11) / 12
	for i := 0; i < len(p.clocks); i += every {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", p.x(i), p.y+svgPanel+16, p.clocks[i])
	}
}

// line draws a metric; where there is no number it is broken.
func (p panel) line(b *strings.Builder, r Result, of QueueResult, m Metric, colour, dash string) {
	q := r.queue(of)
	if q == nil {
		return
	}
	path, pen := "", "M"
	for i := range p.clocks {
		f := q.Interval(i, m)
		if math.IsNaN(f.Mean) {
			pen = "M"
			continue
		}
		path += fmt.Sprintf("%s%.1f %.1f", pen, p.x(i), p.at(f.Mean))
		pen = "L"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", path, colour, dash)
}

func (p panel) band(b *strings.Builder, r Result, of QueueResult, m Metric, colour string) {
	q := r.queue(of)
	if q == nil {
		return
	}
	half := float64(svgWidth-2*svgMargin) / float64(len(p.clocks)) / 4
	for i := range p.clocks {
		f := q.Interval(i, m)
		if math.IsNaN(f.Mean) || math.IsNaN(f.HalfWidth) {
			continue
		}
		top, bottom := p.at(f.Mean+f.HalfWidth), p.at(f.Mean-f.HalfWidth)
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" opacity="0.2"/>`+"\n", p.x(i)-half, top, 2*half, bottom-top, colour)
	}
}

// queue is the result of the same queue, or nil.
func (r *Result) queue(of QueueResult) *QueueResult {
	for i := range r.Queues {
		if r.Queues[i].Queue == of.Queue {
			return &r.Queues[i]
		}
	}
	return nil
}

func topOf(results []Result, of QueueResult, m Metric) float64 {
	top := 10.0
	for _, r := range results {
		q := r.queue(of)
		if q == nil {
			continue
		}
		for i := range q.Intervals() {
			if v := q.Interval(i, m).Mean; v > top {
				top = v
			}
		}
	}
	return math.Ceil(top/10) * 10
}

func escape(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil {
		return ""
	}
	return b.String()
}
