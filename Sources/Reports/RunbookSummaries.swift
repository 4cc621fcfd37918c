import Bench

/// The figures of indexes over a whole runbook, one sentence for each index.
enum RunbookSummaries {
  static func remarks(_ measurements: [CellMeasurement]) -> [String] {
    let names = CellNames(measurements.map { ($0.variant, $0.planned) })
    return RunbookSummary.all(of: measurements).compactMap { summary in
      guard let mean = summary.meanRecall, let worst = summary.worst, let stage = worst.options.stage else {
        return nil
      }
      let name = WorkloadStage.name(names.index(worst.variant, worst.planned), at: stage)
      let steps = NumberText.count(summary.cells.count, "searching step")
      return "\(worst.dataset.name), \(name): mean recall \(NumberText.fixed(mean, 4)) of \(steps), worst "
        + "\(NumberText.fixed(worst.quality.recall, 4)) at step \(stage.name); "
        + "\(NumberText.significant(summary.seconds)) s of training and updates"
    }
  }
}
