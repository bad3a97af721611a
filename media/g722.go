// SPDX-License-Identifier: Apache-2.0

package media

// This file is the lower sub-band of ITU-T G.722 at 64 kbit/s, to and from
// samples at 8 kHz: what a leg that speaks G.722 needs where the other side,
// a prompt or a piece of music is narrowband. The upper band (4 to 7 kHz) is
// written as silence and not read. Where both legs speak G.722 nothing of this
// runs: the packets pass as they are.
//
// G.722 codes two samples of 16 kHz in an octet and its RTP clock is 8 kHz (RFC
// 3551, section 4.5.2), so that an octet is a tick, as in G.711.

// subband is the adaptive predictor of the lower band (section 3.6 of the
// Recommendation). Names are those of its blocks.
type subband struct {
	nb, det   int // logarithmic and linear scale of the quantiser
	s, sp, sz int // prediction: whole, by poles, by zeros
	r, p, a   [3]int
	b, d      [7]int
}

func newSubband() subband { return subband{det: 32} }

var (
	g722Q6 = [...]int{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714,
		786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}
	g722QM4 = [16]int{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
		20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	g722QM6 = [64]int{-136, -136, -136, -136, -24808, -21904, -19008, -16704,
		-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576,
		-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192,
		10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032,
		1688, 1360, 1040, 728, 432, 136, -432, -136}
	g722WL   = [8]int{-60, -30, 58, 172, 334, 538, 1198, 3042}
	g722RL42 = [16]int{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	g722ILB  = [32]int{2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008}
)

const (
	// g722HighIdle is the upper band's code of the smallest step.
	g722HighIdle = 0xc0
	g722MaxScale = 18432
)

// encode codes one sample of 8 kHz.
func (b *subband) encode(sample int16) byte {
	el := saturated(int(sample)>>1 - b.s)
	size := el
	if el < 0 {
		size = -(el + 1)
	}
	low, high := 1, len(g722Q6) // QUANTL: the first step above size
	for low < high {
		if i := (low + high) / 2; size < (g722Q6[i]*b.det)>>12 {
			high = i
		} else {
			low = i + 1
		}
	}
	code := 62 - low // ilp: 61 for 1, down to 32 for 30
	if el < 0 {
		if code = 34 - low; low < 3 { // iln: 63, 62, then 31 for 3, down to 4 for 30
			code = 64 - low
		}
	}
	b.adapt(code)
	return g722HighIdle | byte(code)
}

// decode gives the sample of 8 kHz that a code stands for.
func (b *subband) decode(code byte) int16 {
	low := int(code & 0x3f)
	r := b.s + (b.det*g722QM6[low])>>15
	r = max(-16384, min(16383, r))
	b.adapt(low)
	return int16(r * 2)
}

// adapt moves scale and predictor on by a code of six bits, of which the four
// upper ones count.
func (b *subband) adapt(code int) {
	code >>= 2
	d := (b.det * g722QM4[code]) >> 15
	b.nb = max(0, min(g722MaxScale, (b.nb*127)>>7+g722WL[g722RL42[code]]))
	scale := g722ILB[b.nb>>6&31]
	if shift := 8 - b.nb>>11; shift < 0 {
		scale <<= -shift
	} else {
		scale >>= shift
	}
	b.det = scale << 2
	b.predict(d)
}

// predict is block 4: the poles and zeros follow the difference signal d.
func (b *subband) predict(d int) {
	b.d[0], b.r[0], b.p[0] = d, saturated(b.s+d), saturated(b.sz+d)
	a2 := saturated(b.a[1] * 4) // UPPOL2
	if sameSign(b.p[0], b.p[1]) {
		a2 = min(-a2, 32767)
	}
	a2 >>= 7
	if sameSign(b.p[0], b.p[2]) {
		a2 += 128
	} else {
		a2 -= 128
	}
	a2 = max(-12288, min(12288, a2+(b.a[2]*32512)>>15))
	a1 := -192 // UPPOL1
	if sameSign(b.p[0], b.p[1]) {
		a1 = 192
	}
	limit := saturated(15360 - a2)
	a1 = max(-limit, min(limit, saturated(a1+(b.a[1]*32640)>>15)))
	step := 128 // UPZERO
	if d == 0 {
		step = 0
	}
	for i := 6; i > 0; i-- {
		move := -step
		if sameSign(b.d[i], d) {
			move = step
		}
		b.b[i] = saturated(move + (b.b[i]*32640)>>15)
	}
	copy(b.d[1:], b.d[:6])
	b.r[2], b.r[1] = b.r[1], b.r[0]
	b.p[2], b.p[1] = b.p[1], b.p[0]
	b.a[1], b.a[2] = a1, a2
	b.sp = saturated((a1*saturated(2*b.r[1]))>>15 + (a2*saturated(2*b.r[2]))>>15) // FILTEP
	b.sz = 0
	for i := 6; i > 0; i-- { // FILTEZ
		b.sz += (b.b[i] * saturated(2*b.d[i])) >> 15
	}
	b.sz = saturated(b.sz)
	b.s = saturated(b.sp + b.sz)
}

func saturated(v int) int { return max(-32768, min(32767, v)) }

func sameSign(a, b int) bool { return a < 0 == (b < 0) }

// A Decoder turns the packets of one stream into samples at 8 kHz. G.722 has a
// memory, so each stream needs its own. The zero Decoder is ready.
type Decoder struct {
	band  subband
	begun bool
}

// Decode appends the samples of p to dst; nothing for an event or a codec
// unknown here.
func (d *Decoder) Decode(dst []int16, p *Packet) []int16 {
	if p.Event || p.Codec != G722 {
		return Decode(dst, p)
	}
	if !d.begun {
		d.band, d.begun = newSubband(), true
	}
	for _, code := range p.Payload {
		dst = append(dst, d.band.decode(code))
	}
	return dst
}

// converter codes what goes to a far end anew where it speaks another codec
// than the source. Its two halves are made when they are first needed.
type converter struct{ in, out *subband }

// convert writes src, coded as from, to dst as to; both have an octet per tick.
func (c *converter) convert(dst, src []byte, from, to Codec) {
	switch {
	case to == G722:
		if c.out == nil {
			c.out = new(subband)
			*c.out = newSubband()
		}
		table := &fromULaw
		if from == PCMA {
			table = &fromALaw
		}
		for i, b := range src {
			dst[i] = c.out.encode(table[b])
		}
	case from == G722:
		if c.in == nil {
			c.in = new(subband)
			*c.in = newSubband()
		}
		code := encodeULaw
		if to == PCMA {
			code = encodeALaw
		}
		for i, b := range src {
			dst[i] = code(c.in.decode(b))
		}
	default:
		transcode(dst, src, from)
	}
}
