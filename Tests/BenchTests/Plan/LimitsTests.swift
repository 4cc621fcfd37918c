import Bench
import Testing

@Suite struct LimitsTests {
  @Test(arguments: [("90", 90.0), ("90s", 90), ("1.5m", 90), ("2h", 7200)])
  func times(text: String, seconds: Double) {
    #expect(Limits.seconds(parsing: text) == seconds)
  }

  @Test(arguments: [("1048576", 1_048_576), ("512MiB", 512 << 20), ("4GiB", 4 << 30), ("2GB", 2_000_000_000)])
  func sizes(text: String, bytes: Int) {
    #expect(Limits.bytes(parsing: text) == bytes)
  }

  /// Beyond it, nanoseconds would be more than a clock counts.
  @Test func timesHaveALimit() {
    #expect(Limits.seconds(parsing: "100000h") == 3.6e8)
    #expect(Limits.seconds(parsing: "100001h") == nil && Limits.seconds(parsing: "5124096h") == nil)
  }

  @Test(arguments: ["", "0", "-1", "s", "1 h", "1d", "inf", "1e999", String(repeating: "9", count: 400)])
  func whatIsNeitherIsRefused(text: String) {
    #expect(Limits.seconds(parsing: text) == nil && Limits.bytes(parsing: text) == nil)
  }
}
