import Foundation

extension Figure {
  /// How a figure of two runs is compared.
  struct Comparing: Sendable {
    /// What the figure is, which decides what keeps it from being compared.
    enum Kind: Sendable {
      /// Compared by its difference in points; all else by its ratio.
      case share
      /// A time or a speed: the state of the machine is in it.
      case time
      case size
    }

    let kind: Kind
    /// The member of a comparison's JSON form that has the ratio.
    let member: String
    /// The title of its column in tables of ratios.
    let title: String
    /// Whether it is of the build: an index that was opened as an earlier run had kept it has none of its own.
    var isOfBuild = false
    /// Whether fronts against recall are made of it.
    var hasFront = false
    /// What each round of a cell has of it; `nil` for a figure that is measured once.
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

  /// The figures of which fronts against recall are made.
  public static let ofFronts = compared.filter { $0.comparing?.hasFront == true }

  /// Whether its changes are differences, told in points; those of all else are ratios.
  public var isShare: Bool { comparing?.kind == .share }

  /// Whether the machine's state is in it.
  var isTime: Bool { comparing?.kind == .time }

  /// Whether it is of the build and not of the searches.
  var isOfBuild: Bool { comparing?.isOfBuild == true }

  /// The title of its column in tables of ratios.
  public var ratioTitle: String { comparing?.title ?? name }

  /// Whether only the stages of a workload have it.
  public var isOfWorkload: Bool { Self.workloads.contains(self) }

  /// What each round of a cell has of it; empty for a figure that is measured once.
  func rounds(of speeds: RoundSpeeds) -> [Double] { comparing?.rounds?(speeds) ?? [] }

  /// The logarithm of a ratio, so that more is worse.
  func loss(_ logRatio: Double) -> Double { better == .more ? -logRatio : logRatio }

  /// The tolerated loss as such a logarithm. - Parameter tolerance: a share.
  func limit(_ tolerance: Double) -> Double { better == .more ? -log(1 - tolerance) : log(1 + tolerance) }
}
