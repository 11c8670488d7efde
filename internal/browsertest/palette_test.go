package browsertest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// TestSmall: a picture keeps its size and, to the eye, its colours; the same one becomes the same bytes.
func TestSmall(t *testing.T) {
	t.Parallel()
	picture := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for y := range 200 {
		for x := range 300 {
			picture.SetRGBA(x, y, color.RGBA{R: uint8(x / 20 * 17), G: uint8(y / 20 * 25), B: 90, A: 255})
		}
	}
	var raw bytes.Buffer
	if err := png.Encode(&raw, picture); err != nil {
		t.Fatal(err)
	}
	one, err := small(raw.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	other, err := small(raw.Bytes())
	if err != nil || !bytes.Equal(one, other) {
		t.Error("the same picture became other bytes", err)
	}
	made, err := png.Decode(bytes.NewReader(one))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := made.(*image.Paletted); !ok || made.Bounds() != picture.Bounds() {
		t.Fatalf("it became a %T of %v", made, made.Bounds())
	}
	for y := range 200 {
		for x := range 300 {
			if distance(rgba(made.At(x, y)), picture.RGBAAt(x, y)) > nearColours {
				t.Fatalf("%d,%d is %v and was %v", x, y, made.At(x, y), picture.At(x, y))
			}
		}
	}
}
