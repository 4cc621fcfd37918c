extension CellComparison: Codable {
  private enum CodingKeys: CodingKey {
    case subject, variant, label, name, baseRun, figures, recall, refusals, rawProblems, worstQueries
  }

  /// The key of a figure's quotient.
  private struct QuotientKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    init?(_ figure: Figure) {
      guard let member = figure.comparing?.member else { return nil }
      stringValue = member
    }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    subject = try container.decode(CellSubject.self, forKey: .subject)
    variant = try container.decode(String.self, forKey: .variant)
    label = try container.decode(String.self, forKey: .label)
    name = try container.decode(String.self, forKey: .name)
    baseRun = try container.decodeIfPresent(Int.self, forKey: .baseRun)
    figures = try container.decode([String: FigurePair].self, forKey: .figures)
    recall = try container.decodeIfPresent(RecallDifference.self, forKey: .recall)
    refusals = try container.decode([Incomparability].self, forKey: .refusals)
    rawProblems = try container.decode([String].self, forKey: .rawProblems)
    worstQueries = try container.decode([QueryComparison].self, forKey: .worstQueries)
    let ratios = try decoder.container(keyedBy: QuotientKey.self)
    for figure in Figure.compared where !figure.isShare {
      quotients[figure] = try QuotientKey(figure).flatMap { try ratios.decodeIfPresent(Quotient.self, forKey: $0) }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(subject, forKey: .subject)
    try container.encode(variant, forKey: .variant)
    try container.encode(label, forKey: .label)
    try container.encode(name, forKey: .name)
    try container.encodeIfPresent(baseRun, forKey: .baseRun)
    try container.encode(figures, forKey: .figures)
    try container.encodeIfPresent(recall, forKey: .recall)
    try container.encode(refusals, forKey: .refusals)
    try container.encode(rawProblems, forKey: .rawProblems)
    try container.encode(worstQueries, forKey: .worstQueries)
    var ratios = encoder.container(keyedBy: QuotientKey.self)
    for (figure, quotient) in quotients {
      if let key = QuotientKey(figure) { try ratios.encode(quotient, forKey: key) }
    }
  }
}
