import Testing

@testable import RecallBenchCLI

@Suite struct ManualPageTests {
  private static let lines = ManualPage.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)

  @Test func hasEveryCommandArgumentAndOption() {
    for command in RecallBench.commands.map({ $0.description }) {
      let name = command.name.replacing("-", with: #"\-"#)
      #expect(Self.lines.contains(".SS \(name)"), "\(command.name)")
      for synopsis in command.options.map(\.synopsis) + command.arguments.map(\.name) {
        let shown = synopsis.replacing("-", with: #"\-"#).replacing("…", with: "...")
        #expect(Self.lines.contains(#"\fB\#(shown)\fR"#), "\(command.name) \(synopsis)")
      }
    }
    for variable in Help.variables { #expect(Self.lines.contains(#"\fB\#(variable.0)\fR"#)) }
  }

  /// A request of roff begins a line; text that does so is escaped, and nothing but ASCII is written.
  @Test func textIsNeverTakenForRequests() {
    let requests: Set = ["TH", "SH", "SS", "TP", "PP", "nf", "fi"]
    for line in Self.lines where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(requests.contains(String(line.dropFirst().prefix { $0.isLetter })), "\(line)")
    }
    #expect(ManualPage.text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(ManualPage.text.contains(#"\e, is a comma within a value"#))
  }
}
