/// The title of a page of a site, and its links to the others.
struct PageHeading: Sendable {
  /// A link to another page, relative to this one.
  struct Link: Sendable {
    let text: String
    let address: String
  }

  let title: String
  let links: [Link]
  /// The folders of the results, as the user named them.
  let folders: String

  /// The links as HTML.
  var navigation: String {
    let links = links.map { "<a href=\"\(HTML.escaped($0.address))\">\(HTML.escaped($0.text))</a>" }
    return "<nav aria-label=\"pages\"><p>\(links.joined(separator: " · "))</p></nav>"
  }
}
