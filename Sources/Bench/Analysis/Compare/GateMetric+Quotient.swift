extension GateMetric {
  /// How the figure changed from the base to the head; nil of recall, whose difference is looked at.
  func quotient(of cell: CellComparison) -> Quotient? {
    switch self {
    case .recall: nil
    case .qps: cell.queriesPerSecond
    case .p50: cell.p50Milliseconds
    case .p95: cell.p95Milliseconds
    case .p99: cell.p99Milliseconds
    case .build: cell.buildSeconds
    case .indexBytes: cell.indexBytes
    case .diskBytes: cell.diskBytes
    case .residentBytes: cell.residentBytes
    case .insertRate: cell.insertRate
    case .insertP50: cell.insertP50Milliseconds
    case .insertP99: cell.insertP99Milliseconds
    }
  }
}
