// HTML: self-contained pages from escaped pieces: inline style, no network, no script but what a page needs to filter its own
// examples; readable in light and dark and on paper. A piece is an Html, so that raw text cannot slip in unescaped.
//   Page({.title = "VQA-RAD", .sections = {{"Scores", Table({{"cell"}, {"n", Align::kNumber}}, {{Text("all"), Text("451")}})}}})
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu {

// A well-formed fragment.
struct Html {
  std::string text;
  Html& operator+=(const Html& other) {
    text += other.text;
    return *this;
  }
};

Html Text(std::string_view text);                       // escaped
Html Paragraph(std::string_view text);
Html Paragraph(const Html& content);
Html Note(std::string_view text);                       // small and quiet
Html Code(std::string_view text);                       // a block, monospaced
Html Strong(std::string_view text);
// A coloured label; tone: "good", "bad", "warn" or "" for neutral.
Html Badge(std::string_view text, std::string_view tone);
Html Details(std::string_view summary, const Html& content);
Html Figure(const Html& graphic, std::string_view caption);
Html Heading(std::string_view text);                    // within a section

enum class Align { kText, kNumber };
struct Column {
  std::string title;
  Align align = Align::kText;
};
// Rows may be shorter than the columns. REQUIRES: no row is longer.
Html Table(const std::vector<Column>& columns, const std::vector<std::vector<Html>>& rows);
// Names and values in two quiet columns.
Html KeyValue(const std::vector<std::pair<std::string, Html>>& pairs);
// Large numbers with their captions, side by side.
struct Tile {
  std::string value, label, detail;
};
Html Tiles(const std::vector<Tile>& tiles);
// Pieces side by side where there is room.
Html Grid(const std::vector<Html>& pieces);

// An <img> with its bytes inside. mime: "image/png".
Html InlineImage(std::string_view bytes, std::string_view mime, std::string_view alt);

struct Section {
  std::string title;
  Html content;
};
struct PageSpec {
  std::string title, subtitle;
  std::vector<Section> sections;
  std::string footer;
};
// The whole document, UTF-8.
std::string Page(const PageSpec& page);

}  // namespace lingshu
