import Foundation
import Testing

@testable import Bench

@Suite struct PrintableTextTests {
  @Test func whatATerminalObeysIsSpelledOut() {
    #expect("\u{1B}[31mred\u{7}".printable == "\\u{1B}[31mred\\u{7}")
    #expect("a\nb\tc\rd\u{0}".printable == "a\\nb\\tc\\rd\\u{0}")
    #expect(
      "\u{9B}2J \u{7F} x\u{202E}gnp\u{2069}\u{2028}".printable == "\\u{9B}2J \\u{7F} x\\u{202E}gnp\\u{2069}\\u{2028}")
    #expect("plain, ä → 図 👩‍🔬 €".printable == "plain, ä → 図 👩‍🔬 €")
  }

  @Test func linesStay() {
    #expect("a\tb\r\nc\nd\re\u{1B}".printableLines == "a\tb\r\nc\nd\\re\\u{1B}")
  }

  @Test func jsonMeansTheSame() throws {
    let text = "\u{9B}31m\u{202E}ä\u{7F}"
    let json = LedgerJSON.text([text]).printableJSON
    #expect(json == #"["\u009b31m\u202eä\u007f"]"#)
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
  }
}
