import Foundation

/// Nanoseconds on the system's monotonic clock, which is never set back; a reading takes 20 ns.
///
/// It is written here, because times are stored as integers of nanoseconds, and Swift's clocks count 128-bit durations.
@inline(__always)
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
