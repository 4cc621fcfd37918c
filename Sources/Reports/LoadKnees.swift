import Bench

/// The greatest rates that indexes keep in a load, one sentence for each ladder of rates.
enum LoadKnees {
  static func remarks(_ measurements: [CellMeasurement]) -> [String] {
    let names = CellNames(measurements.map { ($0.variant, $0.planned) })
    return LoadLadder.all(of: measurements).compactMap { ladder in
      guard let first = ladder.cells.first else { return nil }
      let clients = NumberText.count(first.options.threads, "client")
      let name = "\(first.dataset.name), \(names.index(first.variant, first.planned)), \(clients)"
      return "\(name): \(text(ladder))"
    }
  }

  private static func text(_ ladder: LoadLadder) -> String {
    let kept = ladder.knee.map { cell in
      "keeps \(cell.askedRate ?? 0) requests/s (p50 \(NumberText.of(.p50, cell)) ms, p99 \(NumberText.of(.p99, cell)) ms)"
    }
    let missed = ladder.overload.map { cell in
      "of \(cell.askedRate ?? 0) requests/s it answers \(NumberText.of(.qps, cell))"
    }
    return [kept, missed ?? "every rate was kept, use a greater one to find the limit"].compactMap { $0 }
      .joined(separator: "; ")
  }
}
