import Bench
import Foundation

extension BestSettings: Documented {
  var document: TextDocument { BestSettingsDocument(self).document }
}

extension BestSettings.Group {
  /// The speed of the fastest choice against each other one, a line each, see `sentence`.
  ///
  /// - Parameter recall: the required recall.
  public func ranking(recall: Double) -> [String] {
    guard let winner = reached.first else { return [] }
    return reached.dropFirst().compactMap { choice in
      choice.slowdown.map {
        Self.sentence(winner.name, choice.name, $0, recall: recall) + (choice.isPaired ? "" : ", measured apart")
      }
    }
  }

  /// `a is 1.63 ± 0.04 times as fast as b at recall 0.9`, or that the noise is greater than the difference.
  static func sentence(_ winner: String, _ other: String, _ slowdown: Quotient, recall: Double) -> String {
    let spread = slowdown.interval.map { " ± \(NumberText.fixed(($0.high - $0.low) / 2, 2))" } ?? ""
    let speed = "\(NumberText.fixed(slowdown.ratio, 2))\(spread) times as fast"
    let place = "at recall \(NumberText.short(recall))"
    guard let interval = slowdown.interval, interval.low <= 1, interval.high >= 1 else {
      return "\(winner) is \(speed) as \(other) \(place)"
    }
    return "\(winner) and \(other) cannot be told apart: \(speed) \(place)"
  }
}

/// The document of the best settings, for a terminal and for a pull request.
struct BestSettingsDocument {
  let document: TextDocument

  init(_ best: BestSettings) {
    var document = TextDocument()
    let requirement = best.requirement
    for group in best.groups {
      document.heading(Self.title(group, among: best.groups))
      document.line(requirement.words)
      document.table(Self.table(of: group, requirement))
      if group.reached.isEmpty { document.line("no setting of any index reaches it") }
      for line in Self.remarks(on: group, requirement) { document.line(line) }
    }
    if best.groups.isEmpty { document.line("no cell was measured that the filters leave") }
    if !best.disturbedRuns.isEmpty {
      let numbers = best.disturbedRuns.map(String.init).joined(separator: ", ")
      document.line("left out, since they have injected faults: run \(numbers)")
    }
    for refusal in best.refusals { document.line("earlier measurements are left out: \(refusal)") }
    self.document = document
  }

  private static func title(_ group: BestSettings.Group, among groups: [BestSettings.Group]) -> String {
    let sizes = Set(groups.filter { $0.dataset == group.dataset }.map(\.queries))
    let queries = sizes.count > 1 ? ", \(group.queries) queries" : ""
    return "\(group.dataset), k = \(group.k), \(group.mode.text(threads: group.threads))\(queries)"
  }

  /// How the speeds compare, and which indexes have no such setting, a line each.
  static func remarks(on group: BestSettings.Group, _ requirement: Requirement) -> [String] {
    group.ranking(recall: requirement.recall) + group.missed.map { missed($0, requirement) }
  }

  /// The settings of a group that meet the requirement.
  static func table(of group: BestSettings.Group, _ requirement: Requirement) -> TextTable {
    TextTable(
      columns: [
        .text("index"), .number("recall"), .number("low"), .number("queries/s"),
        .number("at \(NumberText.short(requirement.recall))"), .number("p99 ms"), .number("MB"), .number("build s"),
      ],
      rows: group.reached.map { choice in
        let measurement = choice.measurement
        return [
          choice.name, NumberText.fixed(measurement.quality.recall, 4),
          NumberText.fixed(measurement.uncertainty.recall.low, 4),
          NumberText.significant(measurement.speed.queriesPerSecond),
          choice.interpolated.map(NumberText.significant) ?? "–",
          Figure.p99.number(of: measurement).map(NumberText.significant) ?? "–",
          NumberText.significant(Double(measurement.build.deployedBytes) / 1e6),
          NumberText.significant(measurement.build.seconds),
        ]
      })
  }

  private static func missed(_ choice: BestSettings.Choice, _ requirement: Requirement) -> String {
    let measurement = choice.measurement
    let reasons = choice.unmet.map { part in
      switch part {
      case .recall:
        "recall \(NumberText.fixed(measurement.quality.recall, 4)), at least "
          + NumberText.fixed(measurement.uncertainty.recall.low, 4)
      case .p99: "p99 \(Figure.p99.number(of: measurement).map(NumberText.significant) ?? "–") ms"
      case .memory: "\(NumberText.significant(Double(measurement.build.deployedBytes) / 1e6)) MB"
      case .build: "build \(NumberText.significant(measurement.build.seconds)) s"
      }
    }
    return "\(choice.variant) has no setting that reaches it; the nearest is \(choice.name): "
      + reasons.joined(separator: ", ")
  }
}

extension Requirement {
  /// The requirement as text: `recall of at least 0.95, p99 of at most 1 ms`.
  public var words: String {
    var parts = ["recall of at least \(NumberText.short(recall))"]
    if let p99Milliseconds { parts.append("p99 of at most \(NumberText.significant(p99Milliseconds)) ms") }
    if let memoryBytes { parts.append("at most \(NumberText.significant(Double(memoryBytes) / 1e6)) MB") }
    if let buildSeconds { parts.append("a build of at most \(NumberText.significant(buildSeconds)) s") }
    return parts.joined(separator: ", ")
  }
}
