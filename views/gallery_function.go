package views

// functionStates is the page of functions, with what is random made steady.
func functionStates() []State {
	groups, err := FunctionGroups(galleryNow)
	if err != nil {
		panic(err)
	}
	for _, g := range groups {
		for i := range g.Functions {
			if g.Functions[i].Varies {
				g.Functions[i].Result = "7QX2MK"
			}
		}
	}
	return []State{{"functions/all", FunctionsPage(FunctionsProps{Shell: galleryShell("workflows"), Groups: groups})}}
}
