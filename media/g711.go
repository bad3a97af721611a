// SPDX-License-Identifier: Apache-2.0

package media

// This file is ITU-T G.711: mu-law and A-law, to and from 16-bit samples and
// to each other, by table.

// SampleRate is the clock of G.711 and of its RTP timestamps, in 1/s.
const SampleRate = 8000

// silenceULaw and silenceALaw are the codes of the smallest magnitude.
const (
	silenceULaw = 0xff
	silenceALaw = 0xd5
)

var (
	fromULaw [256]int16
	fromALaw [256]int16
	ulawALaw [256]byte
	alawULaw [256]byte
)

func init() {
	for i := range 256 {
		fromULaw[i] = expandULaw(byte(i))
		fromALaw[i] = expandALaw(byte(i))
	}
	for i := range 256 {
		ulawALaw[i] = encodeALaw(fromULaw[i])
		alawULaw[i] = encodeULaw(fromALaw[i])
	}
}

// Encode codes samples as c, one of the two laws; else nil.
func Encode(c Codec, samples []int16) []byte {
	var code func(int16) byte
	switch c {
	case PCMU:
		code = encodeULaw
	case PCMA:
		code = encodeALaw
	default:
		return nil
	}
	out := make([]byte, len(samples))
	for i, s := range samples {
		out[i] = code(s)
	}
	return out
}

// Decode appends the samples of p, which is in one of the two laws, to dst;
// nothing for all else.
func Decode(dst []int16, p *Packet) []int16 {
	if p.Event {
		return dst
	}
	return decodeBytes(dst, p.Codec, p.Payload)
}

func decodeBytes(dst []int16, c Codec, payload []byte) []int16 {
	var table *[256]int16
	switch c {
	case PCMU:
		table = &fromULaw
	case PCMA:
		table = &fromALaw
	default:
		return dst
	}
	for _, b := range payload {
		dst = append(dst, table[b])
	}
	return dst
}

// transcode writes src, coded as from, to dst as the other law. dst is at least
// as long as src.
func transcode(dst, src []byte, from Codec) {
	table := &ulawALaw
	if from == PCMA {
		table = &alawULaw
	}
	for i, b := range src {
		dst[i] = table[b]
	}
}

func expandULaw(u byte) int16 {
	u = ^u
	magnitude := (int(u&0x0f)<<3+0x84)<<(u>>4&7) - 0x84
	if u&0x80 != 0 {
		return int16(-magnitude)
	}
	return int16(magnitude)
}

func encodeULaw(s int16) byte {
	const bias, clip = 0x84, 32635
	v, sign := int(s), byte(0)
	if v < 0 {
		v, sign = -v, 0x80
	}
	v = min(v, clip) + bias
	exponent := byte(7)
	for mask := 0x4000; mask&v == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | exponent<<4 | byte(v>>(exponent+3))&0x0f)
}

func expandALaw(a byte) int16 {
	a ^= 0x55
	v := int(a&0x0f)<<4 + 8
	if segment := a >> 4 & 7; segment > 0 {
		v = (v + 0x100) << (segment - 1)
	}
	if a&0x80 != 0 {
		return int16(v)
	}
	return int16(-v)
}

func encodeALaw(s int16) byte {
	v, sign := int(s)>>3, byte(0x80) // 13 bits
	if v < 0 {
		v, sign = -v-1, 0
	}
	segment := byte(0)
	for limit := 0x1f; v > limit && segment < 7; limit = limit<<1 | 1 {
		segment++
	}
	code := segment << 4
	if segment < 2 {
		code |= byte(v>>1) & 0x0f
	} else {
		code |= byte(v>>segment) & 0x0f
	}
	return (code | sign) ^ 0x55
}
