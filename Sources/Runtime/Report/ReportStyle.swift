/// How the report page looks: by daylight and by night, on paper and on a telephone.
///
/// The eight colours of curves keep a contrast of 3 to the background and differ in lightness as well as in hue;
/// every second curve is dashed, so that they can be told apart without colour.
let reportStyle = """
    :root {
      --page: #fbfbf9; --card: #ffffff; --ink: #1c2024; --soft: #5a636b; --edge: #dfe2e0; --grid: #eceeec;
      --accent: #0b62a8; --accent-soft: #cfe3f4; --mark: #b3400e;
      --s0: #0b62a8; --s1: #c25400; --s2: #1a7f4b; --s3: #a3217b; --s4: #5b5bd0; --s5: #8a6d00; --s6: #0e8a94; --s7: #b01f2e;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14171a; --card: #1b1f23; --ink: #e8eaec; --soft: #a2abb3; --edge: #30363b; --grid: #272c31;
        --accent: #6db6f2; --accent-soft: #1f4666; --mark: #ff9a66;
        --s0: #6db6f2; --s1: #ff9a4d; --s2: #5fd39a; --s3: #f08acb; --s4: #a9a9ff; --s5: #e0c14a; --s6: #56d3dd; --s7: #ff8087;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 72rem; background: var(--page); color: var(--ink);
      font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
    }
    h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -0.015em; }
    h2 { margin: 0 0 0.25rem; font-size: 1.25rem; letter-spacing: -0.01em; }
    .subtitle { margin: 0.35rem 0 1.5rem; color: var(--soft); }
    section { margin-top: 2.75rem; }
    .note { margin: 0; max-width: 46rem; color: var(--soft); }
    dl { margin: 0; }
    dt { color: var(--soft); font-size: 0.8125rem; }
    dd { margin: 0; overflow-wrap: anywhere; }
    .facts {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.75rem 1.5rem;
      padding: 1rem 0; border-block: 1px solid var(--edge);
    }
    .contents { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; margin-top: 1rem; align-items: start; }
    .wide { grid-column: 1 / -1; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; }
    .figures div, figure, .table { background: var(--card); border: 1px solid var(--edge); border-radius: 8px; }
    .figures div { padding: 0.9rem 1rem; }
    .figures dd { font-size: 1.6rem; font-weight: 600; line-height: 1.2; font-variant-numeric: tabular-nums; }
    figure { margin: 0; padding: 0.9rem 1rem; min-width: 0; }
    figcaption { font-weight: 600; font-size: 0.9375rem; margin-bottom: 0.4rem; }
    figure svg { display: block; width: 100%; height: auto; }
    .picture img { display: block; width: 100%; height: auto; border-radius: 4px; }
    .picture figcaption { margin: 0.5rem 0 0; font-weight: 400; color: var(--soft); }
    .chart.wide { overflow-x: auto; }
    .chart.wide > svg { min-width: 46rem; }
    .statement { margin: 0; }
    .statements { margin: 0; padding-left: 1.25rem; }
    .statements li { margin: 0.2rem 0; }
    .nothing { color: var(--soft); }
    .table { overflow-x: auto; max-height: 30rem; }
    table { width: 100%; border-collapse: collapse; font-size: 0.9375rem; }
    th, td { padding: 0.5rem 1rem; text-align: left; border-top: 1px solid var(--edge); white-space: nowrap; }
    thead th {
      position: sticky; top: 0; border-top: 0; background: var(--card); color: var(--soft);
      font-weight: 500; font-size: 0.8125rem; box-shadow: 0 1px 0 var(--edge);
    }
    .narrow { font-size: 0.875rem; } .narrow th, .narrow td { padding: 0.4rem 0.45rem; }
    .narrow :is(th, td):first-child { padding-left: 1rem; } .narrow :is(th, td):last-child { padding-right: 1rem; }
    caption { padding: 0.6rem 1rem 0.4rem; text-align: left; font-weight: 600; font-size: 0.9375rem; }
    tbody th { font-weight: 500; }
    .number { text-align: right; font-variant-numeric: tabular-nums; }
    .strong { font-weight: 600; }
    .interval { display: block; width: 100%; min-width: 10rem; height: 16px; }
    .scale { min-width: 12rem; }
    .track { fill: var(--grid); } .band { fill: var(--accent-soft); } .rate { fill: var(--accent); }
    svg text { font: 12px system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
    .tick { fill: var(--soft); font-variant-numeric: tabular-nums; }
    .label { fill: var(--soft); }
    .axis { stroke: var(--soft); stroke-width: 1; }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .bar { fill: var(--s0); }
    .span { fill: var(--s1); }
    .mark { stroke: var(--mark); stroke-width: 1.25; fill: none; }
    .marklabel { fill: var(--mark); font-weight: 600; }
    .series { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
    .dense { stroke-width: 1.25; }
    .s1, .s3, .s5, .s7 { stroke-dasharray: 6 2.5; }
    .solid { stroke-dasharray: none; } .dashed { stroke-dasharray: 7 4; } .dotted { stroke-dasharray: 1.5 3.5; }
    .s0 { stroke: var(--s0); } .s1 { stroke: var(--s1); } .s2 { stroke: var(--s2); } .s3 { stroke: var(--s3); }
    .s4 { stroke: var(--s4); } .s5 { stroke: var(--s5); } .s6 { stroke: var(--s6); } .s7 { stroke: var(--s7); }
    .f0 { fill: var(--s0); } .f1 { fill: var(--s1); } .f2 { fill: var(--s2); } .f3 { fill: var(--s3); }
    .f4 { fill: var(--s4); } .f5 { fill: var(--s5); } .f6 { fill: var(--s6); } .f7 { fill: var(--s7); }
    .mean { stroke-width: 3; } .seed { stroke-width: 1.1; stroke-opacity: 0.75; }
    .area { stroke: none; fill-opacity: 0.13; }
    .whisker { stroke-width: 1.5; stroke-dasharray: none; }
    .sign { stroke: var(--card); stroke-width: 1.25; }
    .open { fill: var(--card); stroke-width: 2; stroke-dasharray: none; }
    .drop { fill: none; stroke: var(--mark); stroke-width: 2; }
    .sample { fill: var(--soft); } .sign0 { stroke: var(--soft); }
    .level { stroke: var(--ink); stroke-width: 1.25; stroke-opacity: 0.7; }
    .leader { stroke: var(--soft); stroke-width: 0.75; }
    .levelname { fill: var(--ink); font-variant-numeric: tabular-nums; }
    .dot { fill: var(--card); stroke-width: 2; stroke-dasharray: none; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1rem; margin: 0.4rem 0 0; padding: 0; list-style: none; font-size: 0.8125rem; }
    .legend li { display: flex; align-items: center; gap: 0.4rem; }
    .legend svg { width: 24px; height: 12px; }
    @media print { body { max-width: none; padding: 0; } figure, .table { break-inside: avoid; } .table { max-height: none; } }
    """
