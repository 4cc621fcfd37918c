import Foundation

extension Figure {
  /// How a figure is compared between two runs.
  struct Comparing: Sendable {
    /// The kind of figure, which determines the reasons that forbid a comparison.
    enum Kind: Sendable {
      /// A fraction, compared by its difference in points; other kinds are compared by their ratio.
      case share
      /// A time or a speed, which depends on the state of the machine.
      case time
      case size
    }

    let kind: Kind
    /// The key of the ratio in a comparison's JSON form.
    let member: String
    /// The title of its column in tables of ratios.
    let title: String
    /// Whether the figure belongs to the build. An index that was opened as an earlier run had kept it has no such
    /// figures of its own.
    var isOfBuild = false
    /// Whether there are fronts of this figure against recall.
    var hasFront = false
    /// The values of each round of a cell; `nil` for a figure that is measured once.
    var rounds: (@Sendable (RoundSpeeds) -> [Double])?

    init(
      _ kind: Kind, member: String, title: String, isOfBuild: Bool = false, hasFront: Bool = false,
      rounds: (@Sendable (RoundSpeeds) -> [Double])? = nil
    ) {
      self.kind = kind
      self.member = member
      self.title = title
      self.isOfBuild = isOfBuild
      self.hasFront = hasFront
      self.rounds = rounds
    }
  }

  /// The figures of which there are fronts against recall.
  public static let ofFronts = compared.filter { $0.comparing?.hasFront == true }

  /// Whether the figure is a fraction, whose changes are differences in points; changes of other figures are ratios.
  public var isShare: Bool { comparing?.kind == .share }

  /// Whether the figure depends on the state of the machine.
  var isTime: Bool { comparing?.kind == .time }

  /// Whether the figure belongs to the build and not to the searches.
  var isOfBuild: Bool { comparing?.isOfBuild == true }

  /// The title of its column in tables of ratios.
  public var ratioTitle: String { comparing?.title ?? name }

  /// Whether only the stages of a workload have the figure.
  public var isOfWorkload: Bool { Self.workloads.contains(self) }

  /// The values of each round of a cell; empty for a figure that is measured once.
  func rounds(of speeds: RoundSpeeds) -> [Double] { comparing?.rounds?(speeds) ?? [] }

  /// The logarithm of a ratio with the sign for which a greater value is worse.
  func loss(_ logRatio: Double) -> Double { better == .more ? -logRatio : logRatio }

  /// The tolerated loss as such a logarithm.
  ///
  /// - Parameter tolerance: the tolerance as a fraction.
  func limit(_ tolerance: Double) -> Double { better == .more ? -log(1 - tolerance) : log(1 + tolerance) }
}
