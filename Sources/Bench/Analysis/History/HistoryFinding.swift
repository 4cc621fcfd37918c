import Foundation

/// A change of an index on a dataset: the changes of all its series in about the same run.
///
/// One commit that makes an index slower shows in many cells, and noise may show it a run late in some of them.
public struct HistoryFinding: Sendable {
  /// The changed series, the greatest change first.
  public let changes: [(series: History.Series, change: History.Change)]
  /// The number of series of the index on the dataset, changed or not.
  public let seriesOfIndex: Int

  /// The greatest change.
  public var worst: (series: History.Series, change: History.Change) { changes[0] }
  /// The run in which most of the series changed, the earliest of several.
  public let run: Int
  /// The point of that run.
  public let point: History.Point
  /// The commit of the last run before it.
  public let commitBefore: String
}

extension History {
  /// The findings: what became worse before what became better, then by size.
  public var findings: [HistoryFinding] {
    struct Place: Hashable {
      let dataset: String
      let index: String
      let isWorse: Bool
      let isOfSpread: Bool
    }
    let order = Dictionary(
      Set(series.flatMap { $0.points.map(\.run) }).sorted().enumerated().map { ($1, $0) },
      uniquingKeysWith: { first, _ in first })
    let all = series.flatMap { series in series.changes.map { (series: series, change: $0) } }
    let groups = all.grouped {
      Place(
        dataset: $0.series.dataset, index: $0.series.index, isWorse: $0.change.isWorse,
        isOfSpread: $0.change.spread != nil)
    }
    var findings: [HistoryFinding] = []
    for (place, changes) in groups {
      // The number of runs within which changes of an index count as one; the place of another spread is less exact.
      let nearness = place.isOfSpread ? EDivisive.leastLength : 2
      var rest = changes.sorted { $0.change.run < $1.change.run }[...]
      let siblings = series.count { $0.dataset == place.dataset && $0.index == place.index }
      while let first = rest.first {
        let near = rest.prefix { order[$0.change.run, default: 0] - order[first.change.run, default: 0] <= nearness }
        rest = rest.dropFirst(near.count)
        findings.append(HistoryFinding(Array(near), seriesOfIndex: siblings, size: size))
      }
    }
    return findings.sorted { one, other in
      one.worst.change.isWorse != other.worst.change.isWorse
        ? one.worst.change.isWorse : size(one.worst.change) > size(other.worst.change)
    }
  }

  /// The size of a change, comparable between changes of one figure.
  private func size(_ change: Change) -> Double {
    if let spread = change.spread { return abs(spread.after - spread.before) }
    return metric.figure.isShare ? abs(change.after - change.before) : abs(log(change.after / change.before))
  }
}

extension HistoryFinding {
  fileprivate init(
    _ all: [(series: History.Series, change: History.Change)], seriesOfIndex: Int, size: (History.Change) -> Double
  ) {
    changes = all.sorted { size($0.change) > size($1.change) }
    self.seriesOfIndex = seriesOfIndex
    let runs = all.map(\.change.run).grouped { $0 }
    let most = runs.map(\.elements.count).max() ?? 0
    run = runs.first { $0.elements.count == most }?.key ?? all[0].change.run
    let example = all.first { [run] in $0.change.run == run } ?? all[0]
    point = example.series.points[example.change.place]
    commitBefore = example.change.commitBefore
  }
}
