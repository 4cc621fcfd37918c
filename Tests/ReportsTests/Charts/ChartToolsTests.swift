import Files
import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite struct ChartToolsTests {
  static let installed = ChartTools.find()
  static let isInstalled = installed.script() != nil

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func withoutToolsThereIsOneLineWithTheRemedy() throws {
    let tools = ChartTools(folder: folder.path)
    #expect(tools.script() == nil)
    let error = #expect(throws: ReportError.self) { try tools.draw([[:]], as: .png) }
    #expect(error == .noChartTools(folder: folder.path) && error?.description.contains("make deps") == true)
  }

  @Test func toolsThatEndAtOnceAreTold() async {
    // In a process of its own, which a signal of the broken pipe would end.
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let folder = try TemporaryFolder()
      try FileManager.default.createDirectory(atPath: "\(folder.path)/bin", withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder.path)/bin/python3", withDestinationPath: "/bin/cat")
      // More than a pipe holds, so that the write is not done before the tools end.
      let chart: JSON = ["title": .text(String(repeating: "a", count: 1 << 20))]
      let error = #expect(throws: ReportError.self) {
        try ChartTools(folder: folder.path).draw([chart, chart], as: .svg)
      }
      #expect(error?.description.contains("0 of 2 pictures") == true)
    }
  }

  @Test(.enabled(if: isInstalled, "vl-convert is not installed here: make deps"))
  func everyChartIsDrawnAsPNGAndSVG() throws {
    let report = try SweepReport.small(folder: folder)
    for format in PictureFormat.allCases {
      let paths = try PictureExporter(format, tools: Self.installed).export(report)
        .write(to: "\(folder.path)/\(format.rawValue)")
      // The batch has no times of queries, and no chart of them.
      #expect(
        paths.count == 3 * Charts.all.count - 1 && paths[0].hasSuffix("photos-k10-single-recall-qps.\(format.rawValue)")
      )
      for path in paths {
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(bytes.starts(with: format == .png ? [0x89, 0x50, 0x4E, 0x47] : Array("<svg".utf8)))
      }
    }
    // A symbol a cell, and two in the legend.
    let text = try folder.text("svg/photos-k10-single-recall-qps.svg")
    #expect(text.contains("Recall and speed") && text.contains("photos, k = 10, single"))
    let start = try #require(text.range(of: "mark-symbol role-mark"))
    let end = try #require(text.range(of: "</g>", range: start.upperBound..<text.endIndex))
    #expect(text[start.upperBound..<end.lowerBound].matches(of: /<path/).count == 8)
  }

  @Test(.enabled(if: isInstalled, "vl-convert is not installed here: make deps"))
  func whatCannotBeDrawnIsToldInOneLine() {
    let error = #expect(throws: ReportError.self) {
      try Self.installed.draw([["mark": "no such mark", "data": ["values": []]]], as: .svg)
    }
    guard case .chart = error else { return #expect(Bool(false), "\(String(describing: error))") }
  }
}
