// What the note and tlog packages of Go's sum database, and its Ed25519, say of a case: the log's part of a proof, heads
// with cosignatures, logs as tiles, manifest signatures. README.md has the file of cases.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var errCase = errors.New("refused")

type part struct {
	name string
	data []byte
}
type ranged struct {
	vkey         string
	epoch        uint64
	first, until uint64 // until 0: open
}
type card struct {
	node            string
	hash            [32]byte
	logs, envelopes []ranged
	clock           string
	witnesses       map[string]bool
}

// ---- cards: only what is looked up, as they are well formed here ----

func parseCard(raw string) card {
	text, _, _ := strings.Cut(raw, "\n\n")
	c := card{hash: sha256.Sum256([]byte(text + "\n")), witnesses: map[string]bool{}}
	for _, line := range strings.Split(text, "\n") {
		words := strings.Split(line, " ")
		switch {
		case words[0] == "node":
			c.node = words[1]
		case words[0] == "witness":
			c.witnesses[words[1]] = true
		case words[0] == "key" && words[1] == "clock":
			c.clock = words[2]
		case words[0] == "key" && (words[1] == "log" || words[1] == "envelope"):
			r := ranged{vkey: words[2]}
			r.epoch, _ = strconv.ParseUint(words[4], 10, 32)
			r.first, _ = strconv.ParseUint(words[6], 10, 64)
			if len(words) > 8 {
				r.until, _ = strconv.ParseUint(words[8], 10, 64)
			}
			if words[1] == "log" {
				c.logs = append(c.logs, r)
			} else {
				c.envelopes = append(c.envelopes, r)
			}
		}
	}
	return c
}

func at(keys []ranged, epoch, position uint64) []ranged {
	var found []ranged
	for _, k := range keys {
		if k.epoch == epoch && k.first <= position && (k.until == 0 || position < k.until) {
			found = append(found, k)
		}
	}
	return found
}

// ---- notes ----

// cosigner verifies cosignature/v1 (c2sp.org/tlog-cosignature), which the package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func cosignerOf(vkey string) cosigner {
	words := strings.SplitN(vkey, "+", 3)
	hash, _ := strconv.ParseUint(words[1], 16, 32)
	key, _ := base64.StdEncoding.DecodeString(words[2])
	return cosigner{words[0], uint32(hash), key[1:]}
}

// canonical: the package takes base64 with bits set beyond the last byte, the format does not.
func canonical(raw []byte) bool {
	_, lines, found := bytes.Cut(raw, []byte("\n\n"))
	if i := bytes.LastIndex(raw, []byte("\n\n")); i >= 0 {
		lines = raw[i+2:]
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
		words := strings.Split(line, " ")
		if len(words) != 3 {
			return false
		}
		if _, err := base64.StdEncoding.Strict().DecodeString(words[2]); err != nil || strings.ContainsAny(words[2], "\r\n") {
			return false
		}
	}
	return found
}

type head struct {
	node    string
	epoch   uint64
	size    uint64
	root    tlog.Hash
	settled bool
}

func decimal(text string, bits int) (uint64, error) {
	value, err := strconv.ParseUint(text, 10, bits)
	if err != nil || strconv.FormatUint(value, 10) != text {
		return 0, errCase
	}
	return value, nil
}

func parseHead(text string) (head, error) {
	var h head
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return h, errCase
	}
	words := strings.Split(lines[0], "/")
	if len(words) != 4 || words[0] != "tamga" || words[2] != "log" || len(words[1]) != 52 {
		return h, errCase
	}
	coding := base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	node, err := coding.DecodeString(words[1])
	if err != nil || coding.EncodeToString(node) != words[1] {
		return h, errCase
	}
	h.node = words[1]
	if h.epoch, err = decimal(words[3], 32); err != nil {
		return h, err
	}
	if h.size, err = decimal(lines[1], 63); err != nil {
		return h, err
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != 32 {
		return h, errCase
	}
	copy(h.root[:], root)
	return h, nil
}

func openHead(raw []byte, nodes [][]card) (head, error) {
	text, _, _ := bytes.Cut(raw, []byte("\n\n"))
	h, err := parseHead(string(text) + "\n")
	if err != nil || !canonical(raw) || len(raw) > 65536 {
		return h, errCase
	}
	var list []note.Verifier
	var newest card
	clocks := map[string]string{}
	for _, cards := range nodes {
		if cards[0].node == h.node {
			newest = cards[len(cards)-1]
			continue
		}
		c := cosignerOf(cards[0].clock)
		list = append(list, c)
		clocks[c.name] = cards[0].node
	}
	position := h.size
	if position > 0 {
		position--
	}
	keys := at(newest.logs, h.epoch, position)
	if len(keys) != 1 {
		return h, errCase
	}
	log, err := note.NewVerifier(keys[0].vkey)
	if err != nil {
		return h, err
	}
	opened, err := note.Open(raw, note.VerifierList(append(list, log)...))
	if err != nil {
		return h, err
	}
	signed, seen := false, 0
	for _, sig := range opened.Sigs {
		signed = signed || (sig.Name == log.Name() && sig.Hash == log.KeyHash())
		if newest.witnesses[clocks[sig.Name]] {
			seen++
		}
	}
	if !signed {
		return h, errCase
	}
	n := len(newest.witnesses)
	h.settled = n > 0 && (n < 3 && seen >= 1 || n >= 3 && seen >= 2*n/3+1)
	return h, nil
}

// ---- proofs ----

func judgeProof(subject []byte, nodes [][]card) error {
	front, checkpoint, found := strings.Cut(string(subject), "\n\n")
	lines := strings.Split(front, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return errCase
	}
	extra, err := base64.StdEncoding.Strict().DecodeString(lines[1][6:])
	if err != nil || len(extra) < 320 {
		return errCase
	}
	manifest, signature := extra[:256], extra[256:320]
	index, err := decimal(lines[2][6:], 63)
	if err != nil || index != binary.BigEndian.Uint64(manifest[48:]) {
		return errCase
	}
	var path tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != 32 {
			return errCase
		}
		path = append(path, tlog.Hash(*(*[32]byte)(hash)))
	}
	h, err := openHead([]byte(checkpoint), nodes)
	if err != nil {
		return err
	}
	epoch := uint64(binary.BigEndian.Uint32(manifest[12:]))
	if epoch != h.epoch || index >= h.size || !signedByCard(manifest, signature, h.node, epoch, index, nodes) {
		return errCase
	}
	sum := sha256.New()
	sum.Write([]byte("tamga/leaf/v1\x00"))
	sum.Write(extra[:320])
	leaf := tlog.RecordHash(append([]byte{1}, sum.Sum(nil)...))
	return tlog.CheckRecord(path, int64(h.size), h.root, int64(index), leaf)
}

func signedByCard(manifest, signature []byte, node string, epoch, index uint64, nodes [][]card) bool {
	id := fmt.Sprintf("%08x", binary.BigEndian.Uint32(manifest[56:]))
	for _, cards := range nodes {
		for _, c := range cards {
			if c.node != node || !bytes.Equal(c.hash[:], manifest[216:248]) {
				continue
			}
			for _, key := range at(c.envelopes, epoch, index) {
				words := strings.SplitN(key.vkey, "+", 3)
				public, _ := base64.StdEncoding.DecodeString(words[2])
				if words[1] == id && ed25519.Verify(public[1:], append([]byte("tamga/manifest/v1\x00"), manifest...), signature) {
					return true
				}
			}
		}
	}
	return false
}

// ---- tiles ----

func tilePath(kind string, n, width int) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/", n%1000) + text
	}
	if width < 256 {
		text += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + kind + "/" + text
}

func judgeTiles(parts []part, nodes [][]card) error {
	get := func(name string) []byte {
		for _, p := range parts {
			if p.name == name {
				return p.data
			}
		}
		return nil
	}
	h, err := openHead(get("checkpoint"), nodes)
	if err != nil {
		return err
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	size := int(h.size)
	for n := 0; n*256 < size; n++ {
		width := min(256, size-n*256)
		bundle := get(tilePath("entries", n, width))
		if len(bundle) != 35*width {
			return errCase
		}
		for i := 0; i < width; i++ {
			entry := bundle[35*i : 35*i+35]
			if entry[0] != 0 || entry[1] != 33 || entry[2] != 1 {
				return errCase
			}
			hashes, err := tlog.StoredHashes(int64(n*256+i), entry[2:], reader)
			if err != nil {
				return err
			}
			stored = append(stored, hashes...)
		}
	}
	for level := 0; level < 8; level++ {
		count := size >> (8 * level)
		for n := 0; n*256 < count; n++ {
			width := min(256, count-n*256)
			want, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: int64(n), W: width}, reader)
			if err != nil || !bytes.Equal(want, get(tilePath(strconv.Itoa(level), n, width))) {
				return errCase
			}
		}
	}
	if root, err := tlog.TreeHash(int64(size), reader); size > 0 && (err != nil || root != h.root) {
		return errCase
	}
	since := get("since")
	if since == nil {
		return nil
	}
	older, err := openHead(since, nodes)
	if err != nil || older.node != h.node || older.epoch != h.epoch || older.size > h.size {
		return errCase
	}
	if older.size == 0 {
		if older.root != tlog.Hash(sha256.Sum256(nil)) {
			return errCase
		}
		return nil
	}
	proof, err := tlog.ProveTree(int64(size), int64(older.size), reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, int64(size), h.root, int64(older.size), older.root)
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// ---- cases ----

func take(rest *[]byte, count int) []byte {
	taken := (*rest)[:count]
	*rest = (*rest)[count:]
	return taken
}

func judge(kind byte, parts []part, nodes [][]card) (string, error) {
	switch kind {
	case 2:
		return "-", judgeProof(parts[0].data, nodes)
	case 3:
		return "-", judgeTiles(parts, nodes)
	case 6:
		h, err := openHead(parts[0].data, nodes)
		if h.settled {
			return "+settled", err
		}
		return "+published", err
	default:
		if !ed25519.Verify(parts[2].data, parts[0].data, parts[1].data) {
			return "-", errCase
		}
		return "-", nil
	}
}

func main() {
	rest, err := os.ReadFile(os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
	take(&rest, len("TAMGA-CASES-1\n"))
	var nodes [][]card
	for i := 0; i < 5; i++ {
		chain := string(take(&rest, int(binary.BigEndian.Uint32(take(&rest, 4)))))
		var cards []card
		for _, raw := range strings.Split(chain, "tamga/card/v1\n")[1:] {
			cards = append(cards, parseCard("tamga/card/v1\n"+raw))
		}
		nodes = append(nodes, cards)
	}
	for len(rest) > 0 {
		front := take(&rest, 4)
		kind, flags := front[0], front[2]
		take(&rest, int(front[3]))
		var parts []part
		for i := int(take(&rest, 1)[0]); i > 0; i-- {
			name := string(take(&rest, int(take(&rest, 1)[0])))
			parts = append(parts, part{name, take(&rest, int(binary.BigEndian.Uint32(take(&rest, 4))))})
		}
		if flags&1 == 0 {
			fmt.Println("pass -")
			continue
		}
		more, err := judge(kind, parts, nodes)
		if err != nil {
			fmt.Println("refuse -")
		} else {
			fmt.Println("accept", more)
		}
	}
}
