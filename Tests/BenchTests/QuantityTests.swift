import Bench
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    ("90", 90.0), ("90s", 90), ("90sec", 90), ("500ms", 0.5), ("1.5m", 90), ("5min", 300), ("2h", 7200),
  ])
  func times(text: String, seconds: Double) {
    #expect(Quantity.seconds(text) == seconds)
  }

  /// A letter alone means powers of 1024, as in the tools of GNU; with `B`, of 1000.
  @Test(arguments: [
    ("1048576", 1_048_576), ("7B", 7), ("512K", 512 << 10), ("512MiB", 512 << 20), ("512m", 512 << 20),
    ("4G", 4 << 30), ("4GiB", 4 << 30), ("4gib", 4 << 30), ("1.5G", 3 << 29), ("2T", 2 << 40), ("2kB", 2000),
    ("2KB", 2000), ("2GB", 2_000_000_000), ("2TB", 2_000_000_000_000),
  ])
  func sizes(text: String, bytes: Int) {
    #expect(Quantity.bytes(text) == bytes)
  }

  @Test(arguments: [
    ("0", 0), ("-3", -3), ("100000", 100_000), ("100k", 100_000), ("1.5k", 1500), ("10M", 10_000_000),
    ("1G", 1_000_000_000), ("1g", 1_000_000_000), ("9223372036854775807", Int.max),
  ])
  func counts(text: String, count: Int) {
    #expect(Quantity.count(text) == count)
  }

  /// Beyond it, nanoseconds would be more than a clock counts.
  @Test func timesHaveALimit() {
    #expect(Quantity.seconds("100000h") == 3.6e8)
    #expect(Quantity.seconds("100001h") == nil && Quantity.seconds("5124096h") == nil)
  }

  @Test(arguments: [
    "", "-1", "s", "k", "1 h", "1d", "inf", "nan", "1e999", "1.2.3", String(repeating: "9", count: 400),
  ])
  func whatIsNoQuantityIsRefused(text: String) {
    #expect(Quantity.seconds(text) == nil && Quantity.bytes(text) == nil)
    if text != "-1" { #expect(Quantity.count(text) == nil) }
  }

  @Test func nothingIsNoLimit() {
    #expect(Quantity.seconds("0") == nil && Quantity.bytes("0") == nil && Quantity.bytes("0.1B") == nil)
  }

  @Test(arguments: ["1.5", "0.0001k", "1Ki", "1kB", "10000000000G"]) func whatIsNoWholeNumberIsNoCount(text: String) {
    #expect(Quantity.count(text) == nil)
  }
}
