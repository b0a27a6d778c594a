#include "base/html.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"

namespace lingshu {
namespace {

// One type scale, one accent, hairlines instead of boxes. System fonts, so that nothing is fetched.
constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1a2330;--soft:#5b6675;--line:#dfe4ea;--page:#fff;--panel:#f6f8fa;--accent:#1f5fa8;
--good:#1b7f4b;--bad:#b3362b;--warn:#9a6700;--good-bg:#e5f4ec;--bad-bg:#fbe9e7;--warn-bg:#fdf3d8;
--c1:#1f5fa8;--c2:#c2571a;--c3:#2b8a5c;--c4:#8a4fa3;--c5:#6b7280;--c6:#b08900}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ee;--soft:#9aa5b1;--line:#2c353f;--page:#12171d;--panel:#1a2129;--accent:#7fb2ee;
--good:#5cc68f;--bad:#f08a7f;--warn:#e0b450;--good-bg:#14301f;--bad-bg:#3a1c19;--warn-bg:#33290f;
--c1:#7fb2ee;--c2:#f0a06a;--c3:#6fcf9f;--c4:#c79be0;--c5:#9aa5b1;--c6:#e0c050}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",sans-serif}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
h1{font-size:1.7rem;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:0}
.subtitle{color:var(--soft);margin:.4rem 0 0}
nav{margin:1rem 0 0;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.87rem}
nav a{color:var(--accent);text-decoration:none}nav a:hover{text-decoration:underline}
section{margin:2.4rem 0}
h2{font-size:1.15rem;font-weight:650;margin:0 0 .9rem;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
h3{font-size:.98rem;font-weight:650;margin:1.5rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
.note{color:var(--soft);font-size:.87rem}
.scroll{overflow-x:auto;margin:.7rem 0}
table{border-collapse:collapse;font-size:.87rem;font-variant-numeric:tabular-nums;min-width:50%}
th{font-weight:600;color:var(--soft);font-size:.8rem;text-align:left;vertical-align:bottom;border-bottom:1px solid var(--line);padding:.35rem 1rem .35rem 0}
td{border-bottom:1px solid var(--line);padding:.38rem .8rem .38rem 0;vertical-align:top}
.dense{font-size:.8rem}.dense th{font-size:.74rem;padding-right:.55rem}.dense td{padding-right:.5rem}
th:last-child,td:last-child{padding-right:0}td:first-child{white-space:nowrap}
.num{text-align:right;white-space:nowrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.4rem;margin:.7rem 0;font-size:.9rem}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
figure{margin:1rem 0}figcaption{color:var(--soft);font-size:.85rem;margin-top:.35rem;max-width:46rem}
svg{max-width:100%;height:auto;display:block}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--soft);font-variant-numeric:tabular-nums}
svg .strong{fill:var(--ink)}
.badge{display:inline-block;font-size:.78rem;font-weight:600;line-height:1.4;padding:.06rem .5rem;border-radius:1rem;background:var(--panel);color:var(--soft)}
.badge.good{background:var(--good-bg);color:var(--good)}.badge.bad{background:var(--bad-bg);color:var(--bad)}.badge.warn{background:var(--warn-bg);color:var(--warn)}
pre{background:var(--panel);padding:.7rem .9rem;border-radius:.35rem;overflow-x:auto;font:.83rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
.tiles{display:flex;flex-wrap:wrap;gap:1rem 2.6rem;margin:.6rem 0 1.1rem}
.tile b{display:block;font-size:1.65rem;font-weight:650;letter-spacing:-.01em;line-height:1.2;font-variant-numeric:tabular-nums}
.tile{max-width:17rem}.tile span{color:var(--soft);font-size:.85rem;display:block}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1.3rem 2rem;align-items:start}
img{max-width:100%;display:block;border-radius:.25rem;background:#000}
footer{color:var(--soft);font-size:.82rem;padding-top:1rem;padding-bottom:3rem;border-top:1px solid var(--line)}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--panel:#f4f4f4;--accent:#000;
--good:#1b7f4b;--bad:#b3362b;--warn:#9a6700;--good-bg:#fff;--bad-bg:#fff;--warn-bg:#fff;--c1:#1f5fa8;--c2:#c2571a;--c3:#2b8a5c;--c4:#8a4fa3;--c5:#6b7280;--c6:#b08900}
nav{display:none}body{font-size:10.5pt}figure,tr,.example{break-inside:avoid}h2,h3{break-after:avoid}details>*{display:block}}
)";

Html Element(const char* open, const Html& content, const char* close) { return {open + content.text + close}; }

}  // namespace

Html Text(std::string_view text) { return {EscapeHtml(text)}; }
Html Paragraph(const Html& content) { return Element("<p>", content, "</p>\n"); }
Html Paragraph(std::string_view text) { return Paragraph(Text(text)); }
Html Note(std::string_view text) { return Element("<p class=\"note\">", Text(text), "</p>\n"); }
Html Code(std::string_view text) { return Element("<pre>", Text(text), "</pre>\n"); }
Html Strong(std::string_view text) { return Element("<strong>", Text(text), "</strong>"); }
Html Heading(std::string_view text) { return Element("<h3>", Text(text), "</h3>\n"); }

Html Badge(std::string_view text, std::string_view tone) {
  return {fmt::format("<span class=\"badge {}\">{}</span>", EscapeHtml(tone), EscapeHtml(text))};
}

Html Details(std::string_view summary, const Html& content) {
  return {fmt::format("<details><summary>{}</summary>\n{}</details>\n", EscapeHtml(summary), content.text)};
}

Html Figure(const Html& graphic, std::string_view caption) {
  return {fmt::format("<figure>{}{}</figure>\n", graphic.text, caption.empty() ? "" : fmt::format("<figcaption>{}</figcaption>", EscapeHtml(caption)))};
}

Html Table(const std::vector<Column>& columns, const std::vector<std::vector<Html>>& rows) {
  const auto cell = [&](const char* tag, size_t column, const std::string& content) {
    const char* style = columns[column].align == Align::kNumber ? " class=\"num\"" : "";
    return fmt::format("<{}{}>{}</{}>", tag, style, content, tag);
  };
  // More columns than fit at the usual size on a page of 68 rem.
  constexpr size_t kDenseColumns = 10;
  std::string html = fmt::format("<div class=\"scroll\"><table{}><thead><tr>", columns.size() >= kDenseColumns ? " class=\"dense\"" : "");
  for (size_t i = 0; i < columns.size(); ++i) html += cell("th", i, EscapeHtml(columns[i].title));
  html += "</tr></thead><tbody>\n";
  for (const std::vector<Html>& row : rows) {
    CHECK(row.size() <= columns.size()) << row.size() << " cells in a table of " << columns.size() << " columns";
    html += "<tr>";
    for (size_t i = 0; i < columns.size(); ++i) html += cell("td", i, i < row.size() ? row[i].text : "");
    html += "</tr>\n";
  }
  return {html + "</tbody></table></div>\n"};
}

Html KeyValue(const std::vector<std::pair<std::string, Html>>& pairs) {
  std::string html = "<dl>";
  for (const auto& [name, value] : pairs) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", EscapeHtml(name), value.text);
  return {html + "</dl>\n"};
}

Html Tiles(const std::vector<Tile>& tiles) {
  std::string html = "<div class=\"tiles\">";
  for (const Tile& tile : tiles)
    html += fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span><span>{}</span></div>\n", EscapeHtml(tile.value), EscapeHtml(tile.label), EscapeHtml(tile.detail));
  return {html + "</div>\n"};
}

Html Grid(const std::vector<Html>& pieces) {
  std::string html = "<div class=\"grid\">";
  for (const Html& piece : pieces) html += "<div>" + piece.text + "</div>\n";
  return {html + "</div>\n"};
}

Html InlineImage(std::string_view bytes, std::string_view mime, std::string_view alt) {
  return {fmt::format("<img src=\"data:{};base64,{}\" alt=\"{}\">", EscapeHtml(mime), Base64(bytes), EscapeHtml(alt))};
}

std::string Page(const PageSpec& page) {
  std::string links, sections;
  for (size_t i = 0; i < page.sections.size(); ++i) {
    const std::string title = EscapeHtml(page.sections[i].title);
    links += fmt::format("<a href=\"#s{}\">{}</a>", i + 1, title);
    sections += fmt::format("<section id=\"s{}\"><h2>{}</h2>\n{}</section>\n", i + 1, title, page.sections[i].content.text);
  }
  const std::string title = EscapeHtml(page.title);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style></head>\n<body><header><h1>{}</h1><p class=\"subtitle\">{}</p><nav>{}</nav></header>\n<main>\n{}</main>\n"
      "<footer>{}</footer></body></html>\n",
      title, kStyle, title, EscapeHtml(page.subtitle), page.sections.size() > 1 ? links : "", sections, EscapeHtml(page.footer));
}

}  // namespace lingshu
