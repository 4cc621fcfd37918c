import Foundation
import Testing
import VectorCore
import VectorIndexes
import YAML

@testable import Bench

/// Extreme values in every field of a sweep file: each is taken or refused with one line, and none ends the program.
@Suite struct ExtremeSweepTests {
  private static let values = [
    "0", "-1", "1", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308", "-1e308", "1e999", "nan", ".nan",
    "inf", "-.inf", "1.5", "1e-320", "''", "~", "[]", "{}", "[[1]]", "[1, 1, 1]", "'1'", "0x10", "5124096h", "100001h",
    "100000h", "0.0000000000001s", "9999999GiB", String(repeating: "9", count: 400),
    String(repeating: "9", count: 400) + "h",
  ]

  private static let ranges = [
    ("1", "9223372036854775807", "step: 1"), ("1", "9223372036854775807", "factor: 2"),
    ("0", "1e308", "step: 1e-300"), ("1", "1e308", "step: 1e300"), ("-1e308", "1e308", "step: 1e308"),
    ("1", "2", "factor: 1.0000000000000002"), ("1e-320", "1e308", "factor: 1.5"),
    ("1", "1.7976931348623157e308", "factor: 10"),
    ("9007199254740992", "9007199254740993", "step: 1"), ("1e16", "2e16", "step: 1"), ("1", "256", "step: 1e308"),
    ("-9223372036854775808", "9223372036854775807", "step: 1e18"), ("nan", "nan", "step: nan"), ("1", "inf", "step: 1"),
  ].map { "{from: \($0.0), to: \($0.1), \($0.2)}" }

  /// Reads a sweep, and plans it unless it is large. - Returns: whether it was taken.
  @discardableResult private func read(_ text: String) throws -> Bool {
    do throws(YAMLError) {
      let sweep = try SweepFile.read(try YAMLParser.parse(text, source: "s.yml"), catalog: SubjectCatalog(.standard))
      if let seconds = sweep.limits.seconds { #expect(seconds > 0 && seconds * 1e9 < 0x1p63, "\(text)") }
      if let bytes = sweep.limits.memoryBytes { #expect(bytes > 0, "\(text)") }
      guard case .variants(let variants) = sweep.indexes else { return true }
      let counts = variants.flatMap { $0.buildSettings + $0.searchSettings }.map(\.values.count)
      guard let count = CellCount(counts + [sweep.builds, sweep.ks.count]).value, count < 1_000 else { return true }
      do throws(PlanError) {
        let estimate = try SweepPlan(sweep, datasets: [.fixture()]).estimate
        #expect(estimate.buildSeconds.isFinite && estimate.searchSeconds.isFinite, "\(text)")
      } catch {
        #expect(error == .nothing, "\(text)")
      }
      return true
    } catch {
      #expect(error.line > 0 && !error.description.contains { $0.isNewline }, "\(text)")
      return false
    }
  }

  @Test(arguments: [
    "k", "queries", "limit", "runs", "builds", "threads", "build_threads", "mode", "timeout", "memory", "seed",
    "datasets",
  ])
  func fieldsOfASweep(field: String) throws {
    for value in Self.values + Self.ranges { try read("{\(field): \(value), indexes: {flat: }}") }
  }

  @Test func fieldsOfAnIndex() throws {
    for type in IndexCatalog.standard.types {
      let declaration = type.declaration
      for (group, parameters) in [("build", declaration.build), ("search", declaration.search)] {
        for parameter in parameters {
          for value in Self.values + Self.ranges {
            try read("{indexes: {\(declaration.kind): {\(group): {\(parameter.name): \(value)}}}}")
          }
        }
      }
    }
    for field in ["index", "build", "search", "only", "except", "timeout", "memory"] {
      for value in Self.values { try read("{indexes: {flat: {\(field): \(value)}}}") }
    }
  }

  @Test func someAreTakenAndSomeAreNot() throws {
    #expect(try read("{timeout: 100000h, indexes: {flat: }}"))
    #expect(try !read("{timeout: 5124096h, indexes: {flat: }}"))
    #expect(try read("{queries: 9223372036854775807, indexes: {flat: }}"))
    #expect(try !read("{indexes: {ivf-flat: {search: {nprobe: {from: 1, to: 9223372036854775807, step: 1}}}}}"))
    #expect(try !read("{indexes: {ivf-flat: {search: {nprobe: {from: 10000000000000000, to: 2e16, step: 1}}}}}"))
  }

  /// Several fields at once, from a fixed seed.
  @Test func combinations() throws {
    var generator = SeededGenerator(seed: 15)
    func any(_ values: [String]) -> String { values[Int(generator.nextUnit() * Double(values.count))] }
    let fields = ["k", "queries", "limit", "runs", "builds", "threads", "timeout", "memory", "seed", "mode"]
    let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
    for _ in 0..<(isLong ? 100_000 : 1_000) {
      var text = "{"
      for field in fields where generator.nextUnit() < 0.3 { text += "\(field): \(any(Self.values)), " }
      text += "indexes: {ivf-pq: {build: {nlist: \(any(Self.values + Self.ranges)), m: \(any(Self.values))}, "
      text +=
        "search: {nprobe: \(any(Self.values + Self.ranges)), refine: [\(any(Self.values)), \(any(Self.values))]}}}}"
      try read(text)
    }
  }
}
