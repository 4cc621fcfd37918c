import Bench

/// The answers of one cell as CSV, for recall to be recomputed by other programs: `query,rank,id,distance`.
///
/// `query` and `rank` count from 0; `id` is the row in `train`; `distance` is the harness's own, in the dataset's
/// metric, and `inf` for a duplicate or an id that is no row. Places without an answer have no line.
public enum RawAnswersExporter {
  /// The file of a cell: `photo-sift-20k.ivf-flat.nlist=64.nprobe=4.csv`.
  public static func name(for measurement: Measurement) -> String {
    let entries = measurement.cell.build.entries + measurement.cell.search.entries
    let parameters = entries.map { ".\($0.name)=\($0.value)" }
    return "\(measurement.dataset.name).\(measurement.cell.kind)\(parameters.joined()).csv"
  }

  /// All lines, header first. - Complexity: O(q·k).
  public static func text(_ answers: JudgedAnswers) -> String {
    var text = CSVExporter.line(["query", "rank", "id", "distance"])
    for place in answers.ids.indices where answers.verdicts[place] != .missing {
      text += "\(place / answers.k),\(place % answers.k),\(answers.ids[place]),\(answers.distances[place])\r\n"
    }
    return text
  }
}
