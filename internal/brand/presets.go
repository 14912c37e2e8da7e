package brand

// KaapNoord is the look of the outdoor demo shop: sober, rugged, square; topographic lines.
func KaapNoord() Theme {
	return Theme{
		Light:  Palette{Brand: "#23414f", Accent: "#ff5a14", Surface: "#f5f6f3", Ink: "#15212a", Muted: "#51606a", Line: "#d0d6d5"},
		Dark:   Palette{Brand: "#294a5a", Accent: "#ff6a2a", Surface: "#10181d", Ink: "#e9efef", Muted: "#9cabb3", Line: "#2a373f"},
		Radius: 2, Shadow: "none",
		Display: "Archivo Narrow", Text: "Public Sans",
		Scale: 1.38, Lead: 1, Weight: 700, Track: -0.018, H2: 1.5,
		Line: 2, Road: "ridge", Party: "rings", Motif: "contours", LogoHeight: 18,
	}
}

// Tuimel is the look of the toy demo shop: playful, round, warm.
func Tuimel() Theme {
	return Theme{
		Light:  Palette{Brand: "#d8361e", Accent: "#35a5e2", Surface: "#fff8ee", Ink: "#35201c", Muted: "#735a52", Line: "#f0dfcc"},
		Dark:   Palette{Brand: "#c2321d", Accent: "#5cbcf0", Surface: "#221716", Ink: "#fff0e4", Muted: "#c9b0a5", Line: "#453331"},
		Radius: 20, Shadow: "soft",
		Display: "Baloo 2", Text: "Nunito",
		Scale: 1.22, Lead: 1.02, Weight: 700, Track: -0.012, H2: 1.5,
		Road: "hills", Party: "blocks", Motif: "none", LogoHeight: 26,
	}
}

// MaisonVerene is the look of the perfume demo shop: quiet luxury, hairlines, much air.
func MaisonVerene() Theme {
	return Theme{
		Light: Palette{Brand: "#231c1e", Accent: "#b06a74", Surface: "#fbf7ef", Ink: "#231c1e", Muted: "#6f6460", Line: "#dfd5c6"},
		Dark:  Palette{Brand: "#63373f", Accent: "#d5979c", Surface: "#161213", Ink: "#f2e9de", Muted: "#b3a69e", Line: "#393031"},
		Plain: true, Shadow: "none",
		Display: "Cormorant", Text: "Jost",
		Scale: 1.46, Lead: 1, Weight: 400, Track: -0.012, H2: 1.75,
		Centre: true, Line: 1, Road: "line", Party: "petals", Motif: "none", LogoHeight: 18,
	}
}

// Plain is the look of a shop that has not chosen one yet.
func Plain() Theme {
	return Theme{
		Light:  Palette{Brand: "#1f4d3f", Accent: "#e0802b", Surface: "#fafaf8", Ink: "#18211e", Muted: "#586560", Line: "#dadfdb"},
		Dark:   Palette{Brand: "#2b6452", Accent: "#ee9a4d", Surface: "#121715", Ink: "#ebf0ed", Muted: "#a2afa9", Line: "#2c3632"},
		Radius: 8, Shadow: "none",
		Display: "Public Sans", Text: "Public Sans",
		Scale: 1.08, Lead: 1.08, Weight: 600, Track: -0.02, H2: 1.375,
		Line: 1.5, Road: "hills", Party: "rings", Motif: "none", LogoHeight: 24,
	}
}
