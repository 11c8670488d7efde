package workflow

import "strconv"

// Thousands writes a number as people read it, with a comma between thousands: 4,200. Pages and what the engine writes
// use it alike.
func Thousands(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// CountOf writes a number with its noun: "1 row", "4,200 rows".
func CountOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Thousands(n) + " " + noun + "s"
}
